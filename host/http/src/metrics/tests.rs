//! What a scrape shows.

use super::*;

fn shows(metrics: &Metrics, line: &str) {
    let text = metrics.render();
    assert!(text.lines().any(|shown| shown == line), "{line} is not in:\n{text}");
}

#[test]
fn the_catalogue_is_what_a_scrape_shows() {
    let text = Metrics::default().render();
    let shown: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# HELP ")).collect();
    let catalogue: Vec<_> = METRICS
        .iter()
        .map(|metric| format!("{} {}.", metric.name.strip_suffix("_total").unwrap_or(metric.name), metric.help))
        .collect();
    assert_eq!(shown, catalogue);
    for metric in METRICS {
        assert!(text.lines().any(|line| line.starts_with(metric.name)), "{} has no value", metric.name);
    }
}

#[test]
fn a_decision_is_counted_under_its_true_code() {
    let metrics = Metrics::default();
    metrics.decision(None, Duration::from_micros(20));
    for code in DenialCode::ALL {
        metrics.decision(Some(*code), Duration::from_micros(30));
    }
    shows(&metrics, "wardgate_decisions_total{effect=\"allow\",code=\"allowed\"} 1");
    for code in DenialCode::ALL {
        shows(&metrics, &format!("wardgate_decisions_total{{effect=\"deny\",code=\"{}\"}} 1", code.as_str()));
    }
}

#[test]
fn durations_are_counted_into_cumulative_buckets() {
    let metrics = Metrics::default();
    for us in [5, 6, 2_000_000] {
        metrics.decision(None, Duration::from_micros(us));
    }
    shows(&metrics, "wardgate_decision_duration_seconds_bucket{le=\"0.000005\"} 1");
    shows(&metrics, "wardgate_decision_duration_seconds_bucket{le=\"0.00001\"} 2");
    shows(&metrics, "wardgate_decision_duration_seconds_bucket{le=\"1.0\"} 2");
    shows(&metrics, "wardgate_decision_duration_seconds_bucket{le=\"+Inf\"} 3");
    shows(&metrics, "wardgate_decision_duration_seconds_count 3");
}

#[test]
fn requests_are_counted_by_door_and_class() {
    let metrics = Metrics::default();
    for door in Door::ALL {
        metrics.request(door, StatusCode::FORBIDDEN);
    }
    for door in Door::ALL {
        shows(&metrics, &format!("wardgate_http_requests_total{{door=\"{}\",status=\"4xx\"}} 1", door.as_str()));
    }
}

#[test]
fn what_policies_did_is_counted() {
    let metrics = Metrics::default();
    for code in Failure::CODES {
        metrics.consulted(Consulted { remembered: 1, fresh: 2, failure: Some(code) });
        shows(&metrics, &format!("wardgate_policy_failures_total{{kind=\"{code}\"}} 1"));
    }
    metrics.set_decisions_waiting(5);
    metrics.login_failure();
    metrics.connections().open.inc();
    shows(&metrics, "wardgate_policy_memo_lookups_total{result=\"hit\"} 6");
    shows(&metrics, "wardgate_policy_memo_lookups_total{result=\"miss\"} 12");
    shows(&metrics, "wardgate_decision_log_waiting 5");
    shows(&metrics, "wardgate_login_failures_total 1");
    shows(&metrics, "wardgate_connections_open 1");
}
