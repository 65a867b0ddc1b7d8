//! From samples to a figure.

/// The middle of the samples; 0 of none.
pub fn median(samples: impl IntoIterator<Item = f64>) -> f64 {
    let sorted = sorted(samples);
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// What a tenth of the samples stays below: the figure on a machine that nobody else uses.
pub fn low_decile(samples: impl IntoIterator<Item = f64>) -> f64 {
    let sorted = sorted(samples);
    sorted.get(sorted.len() / 10).copied().unwrap_or_default()
}

fn sorted(samples: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<_> = samples.into_iter().collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}
