//! Rate limits by GCRA (the generic cell rate algorithm): one atomic number a limit, exact, no windows to reset.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::clock::Timestamp;

/// A rate: `capacity` calls per `frequency_s` seconds, as the Nexus dialect names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Calls allowed in one period, and at once.
    pub capacity: u32,
    /// The period, in seconds.
    pub frequency_s: u32,
}

impl Rate {
    /// What a Nexus key gets when its creator says nothing (reference genesys.md, section 1).
    pub const KEY_DEFAULT: Self = Self { capacity: 120, frequency_s: 60 };
}

/// The state of one limit: the moment, in Unix microseconds, at which all calls taken so far will have been paid for.
#[derive(Debug, Default)]
pub struct Gcra(AtomicI64);

/// What is left after a call was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The limit that is tightest now.
    pub rate: Rate,
    /// Calls that could be taken at once.
    pub remaining: u32,
    /// Seconds until the limit is whole again.
    pub reset_s: u32,
}

/// No room for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full {
    /// The limit that is full.
    pub rate: Rate,
    /// Seconds until one call will have room, at least 1: what `Retry-After` says.
    pub retry_after_s: u32,
    /// Seconds until the limit is whole again.
    pub reset_s: u32,
}

impl From<Full> for Room {
    fn from(full: Full) -> Self {
        Self { rate: full.rate, remaining: 0, reset_s: full.reset_s }
    }
}

impl Gcra {
    /// Takes one call of `rate` at `now`, or nothing.
    pub fn take(&self, rate: Rate, now: Timestamp) -> Result<Room, Full> {
        let (step, period) = (step_us(rate), period_us(rate));
        let now_us = now.as_ms().saturating_mul(1_000);
        let mut paid = self.0.load(Ordering::Relaxed);
        loop {
            // A limit that was widened owes at most one period of its new rate, and that from now on.
            let most = now_us.saturating_add(period);
            if paid > most {
                paid = self
                    .0
                    .compare_exchange(paid, most, Ordering::AcqRel, Ordering::Relaxed)
                    .map_or_else(|now| now, |_| most);
                continue;
            }
            let next = paid.max(now_us).saturating_add(step);
            let ahead = next - now_us;
            // Rounding of the step must not cost the last call of the burst.
            if ahead > period.max(step) {
                return Err(full(rate, ahead - step));
            }
            match self.0.compare_exchange_weak(paid, next, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => {
                    let remaining = u32::try_from((period - ahead) / step).unwrap_or(0);
                    return Ok(Room { rate, remaining, reset_s: seconds_up(ahead) });
                }
                Err(current) => paid = current,
            }
        }
    }

    /// What [`Self::take`] would answer, without taking a call.
    pub fn look(&self, rate: Rate, now: Timestamp) -> Result<Room, Full> {
        Self(AtomicI64::new(self.0.load(Ordering::Relaxed))).take(rate, now)
    }

    /// Gives back a call that was taken but then refused by another limit.
    pub fn give_back(&self, rate: Rate) {
        self.0.fetch_sub(step_us(rate), Ordering::AcqRel);
    }

    /// Whether a call would be refused at `now`, without taking one.
    pub fn full(&self, rate: Rate, now: Timestamp) -> Option<Full> {
        let owed = self.owed_us(rate, now);
        (owed + step_us(rate) > period_us(rate)).then(|| full(rate, owed))
    }

    /// Calls that could not be taken at once at `now`, because they were taken already.
    pub fn taken(&self, rate: Rate, now: Timestamp) -> u32 {
        let (owed, step) = (self.owed_us(rate, now), step_us(rate));
        u32::try_from((owed + step - 1) / step).unwrap_or(u32::MAX).min(rate.capacity)
    }

    fn owed_us(&self, rate: Rate, now: Timestamp) -> i64 {
        let now_us = now.as_ms().saturating_mul(1_000);
        (self.0.load(Ordering::Acquire).max(now_us) - now_us).min(period_us(rate))
    }
}

/// What a limit says that owes so many microseconds.
fn full(rate: Rate, owed_us: i64) -> Full {
    let retry_after_s = seconds_up(owed_us + step_us(rate) - period_us(rate)).max(1);
    Full { rate, retry_after_s, reset_s: seconds_up(owed_us) }
}

/// What [`take_all`] would answer, without taking anything.
pub fn look_all(limits: &[(&Gcra, Rate)], now: Timestamp) -> Result<Option<Room>, Full> {
    let looks: Result<Vec<_>, _> = limits.iter().map(|(gcra, rate)| gcra.look(*rate, now)).collect();
    Ok(looks?.into_iter().min_by_key(|room| room.remaining))
}

/// Takes one call of every limit, or of none. Answers with the tightest.
pub fn take_all(limits: &[(&Gcra, Rate)], now: Timestamp) -> Result<Option<Room>, Full> {
    let mut tightest: Option<Room> = None;
    for (taken, (gcra, rate)) in limits.iter().enumerate() {
        match gcra.take(*rate, now) {
            Ok(room) if tightest.is_none_or(|least| room.remaining < least.remaining) => tightest = Some(room),
            Ok(_) => {}
            Err(full) => {
                limits[..taken].iter().for_each(|(gcra, rate)| gcra.give_back(*rate));
                return Err(full);
            }
        }
    }
    Ok(tightest)
}

fn period_us(rate: Rate) -> i64 {
    i64::from(rate.frequency_s.max(1)) * 1_000_000
}

// Rounded down, so that `capacity` calls always fit into one period.
fn step_us(rate: Rate) -> i64 {
    (period_us(rate) / i64::from(rate.capacity.max(1))).max(1)
}

fn seconds_up(us: i64) -> u32 {
    u32::try_from((us + 999_999) / 1_000_000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Full, Gcra, Rate, look_all, take_all};
    use crate::clock::Timestamp;

    const THREE_A_MINUTE: Rate = Rate { capacity: 3, frequency_s: 60 };

    #[test]
    fn capacity_calls_pass_at_once_and_one_more_each_step() {
        let gcra = Gcra::default();
        let at = Timestamp::from_ms(1_700_000_000_000);
        let left: Vec<_> = (0..3).map(|_| gcra.take(THREE_A_MINUTE, at).expect("room").remaining).collect();
        assert_eq!(left, [2, 1, 0]);
        assert_eq!(gcra.take(THREE_A_MINUTE, at), Err(Full { rate: THREE_A_MINUTE, retry_after_s: 20, reset_s: 60 }));
        assert!(gcra.take(THREE_A_MINUTE, at.plus_s(19)).is_err());
        assert!(gcra.take(THREE_A_MINUTE, at.plus_s(20)).is_ok());
        assert!(gcra.take(THREE_A_MINUTE, at.plus_s(20)).is_err());
    }

    #[test]
    fn capacities_that_do_not_divide_the_period_are_whole_too() {
        for capacity in [1, 7, 11, 999, 100_000] {
            let (gcra, rate) = (Gcra::default(), Rate { capacity, frequency_s: 1 });
            let at = Timestamp::from_ms(1_700_000_000_000);
            let passed = (0..capacity + 5).filter(|_| gcra.take(rate, at).is_ok()).count();
            assert_eq!(passed, capacity as usize);
        }
    }

    #[test]
    fn what_is_taken_is_what_is_not_left() {
        for capacity in [1, 3, 7, 999, 2_000_000] {
            let (gcra, rate) = (Gcra::default(), Rate { capacity, frequency_s: 1 });
            let at = Timestamp::from_ms(1_700_000_000_000);
            assert_eq!(gcra.taken(rate, at), 0);
            for taken in 1..=capacity.min(5) {
                gcra.take(rate, at).expect("room");
                assert_eq!(gcra.taken(rate, at), taken);
            }
            assert_eq!(gcra.taken(rate, at.plus_s(1)), 0);
        }
    }

    #[test]
    fn a_widened_limit_forgets_the_debt_of_the_narrow_one() {
        let (gcra, at) = (Gcra::default(), Timestamp::from_ms(1_700_000_000_000));
        gcra.take(Rate { capacity: 1, frequency_s: 86_400 }, at).expect("room");
        let wide = Rate { capacity: 1_000, frequency_s: 1 };
        assert_eq!(gcra.take(wide, at), Err(Full { rate: wide, retry_after_s: 1, reset_s: 1 }));
        assert!(gcra.take(wide, at.plus_s(1)).is_ok());
    }

    #[test]
    fn a_call_refused_by_one_limit_costs_the_others_nothing() {
        let (wide, tight) = (Gcra::default(), Gcra::default());
        let at = Timestamp::from_ms(1_700_000_000_000);
        let limits = [(&wide, THREE_A_MINUTE), (&tight, Rate { capacity: 1, frequency_s: 60 })];
        assert!(take_all(&limits, at).is_ok());
        assert!(take_all(&limits, at).is_err());
        assert_eq!(wide.take(THREE_A_MINUTE, at).expect("room").remaining, 1);
    }

    #[test]
    fn a_look_says_what_a_call_would_be_told_and_takes_nothing() {
        let (wide, tight) = (Gcra::default(), Gcra::default());
        let limits = [(&wide, THREE_A_MINUTE), (&tight, Rate { capacity: 1, frequency_s: 60 })];
        let mut at = Timestamp::from_ms(1_700_000_000_000);
        for _ in 0..8 {
            let looks = [look_all(&limits, at), look_all(&limits, at)];
            let taken = take_all(&limits, at);
            assert_eq!(looks, [taken, taken]);
            at = at.plus_s(17);
        }
    }
}
