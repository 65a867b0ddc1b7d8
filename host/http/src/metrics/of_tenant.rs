//! What one tenant may scrape of itself: its decisions and its limits, and of nobody else's anything.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use wardgate_domain::denial::ALLOWED;

use super::{Labels, catalogue, register};

/// A gauge of anything that can be counted in parts.
type Measure = Gauge<f64, std::sync::atomic::AtomicU64>;

/// Decisions by code, and limits with what is taken of each, in the `OpenMetrics` text format.
pub(crate) fn tenant_figures(
    counts: impl Iterator<Item = (&'static str, u64)>,
    limits: impl Iterator<Item = (&'static str, f64, Option<f64>)>,
) -> String {
    let decisions = Family::<Labels<2>, Counter>::default();
    for (code, made) in counts {
        let effect = if code == ALLOWED { "allow" } else { "deny" };
        decisions.get_or_create_owned(&[("effect", effect), ("code", code)]).inc_by(made);
    }
    let (limit, used) = (Family::<Labels<1>, Measure>::default(), Family::<Labels<1>, Measure>::default());
    for (name, most, taken) in limits {
        limit.get_or_create_owned(&[("limit", name)]).set(most);
        if let Some(taken) = taken {
            used.get_or_create_owned(&[("limit", name)]).set(taken);
        }
    }
    let mut registry = Registry::default();
    register(&mut registry, &catalogue::TENANT_DECISIONS, decisions);
    register(&mut registry, &catalogue::TENANT_LIMIT, limit);
    register(&mut registry, &catalogue::TENANT_LIMIT_USED, used);
    let mut text = String::new();
    encode(&mut text, &registry).expect("a string takes all that is written to it");
    text
}
