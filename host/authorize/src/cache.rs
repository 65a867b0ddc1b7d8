//! What the hot path remembers. An entry carries the version of its tenant that it was loaded under and is good only
//! while that is still the version: a change takes effect at once, whatever a look-up under way will put in afterwards.

use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quick_cache::sync::Cache;
use wardgate_domain::limits;

use crate::stop::Unavailable;

/// The version that something was loaded under, and the version that counts now: its tenant's, and where it stands on
/// something else, too, that one's beside it.
#[derive(Clone)]
pub(crate) struct Stamp {
    own: Seen,
    other: Option<Seen>,
}

#[derive(Clone)]
struct Seen {
    loaded: u64,
    current: Arc<AtomicU64>,
}

impl Stamp {
    /// Taken before the first read of a load, so that a change during the load makes its result stale.
    pub(crate) fn of(current: Arc<AtomicU64>) -> Self {
        Self { own: Seen::now(current), other: None }
    }

    /// The same, which stands on something else, too.
    #[must_use]
    pub(crate) fn with(self, other: Arc<AtomicU64>) -> Self {
        Self { other: Some(Seen::now(other)), ..self }
    }

    fn fresh(&self) -> bool {
        self.own.fresh() && self.other.as_ref().is_none_or(Seen::fresh)
    }
}

impl Seen {
    fn now(current: Arc<AtomicU64>) -> Self {
        Self { loaded: current.load(Ordering::Acquire), current }
    }

    fn fresh(&self) -> bool {
        self.current.load(Ordering::Acquire) == self.loaded
    }
}

/// A value with the stamp of its load. One allocation and one count of its users: on several cores, each count that all
/// calls share costs more than the look-up.
pub(crate) struct Live<V> {
    stamp: Stamp,
    value: V,
}

impl<V> std::ops::Deref for Live<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.value
    }
}

/// A value from a [`LiveCache`].
pub(crate) type Remembered<V> = Arc<Live<V>>;

/// A bounded map whose entries go stale with their tenants; each missing one is loaded once, however many wait for it.
pub(crate) struct LiveCache<K, V>(Cache<K, Remembered<V>>);

impl<K: Hash + Eq + Clone, V> LiveCache<K, V> {
    pub(crate) fn new(entries: usize) -> Self {
        Self(Cache::new(entries))
    }

    /// What is remembered and still good.
    pub(crate) fn get<Q>(&self, key: &Q) -> Option<Remembered<V>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.get(key).filter(|live| live.stamp.fresh())
    }

    /// Remembers a value that was loaded elsewhere.
    pub(crate) fn put(&self, key: K, stamp: Stamp, value: V) -> Remembered<V> {
        let live = Arc::new(Live { stamp, value });
        self.0.insert(key, Arc::clone(&live));
        live
    }

    /// What is remembered, else what `load` finds. Nothing found is not remembered here.
    pub(crate) async fn get_or_load<F>(
        &self,
        key: &K,
        load: impl FnOnce() -> F,
    ) -> Result<Option<Remembered<V>>, Unavailable>
    where
        F: Future<Output = Result<Option<(Stamp, V)>, Unavailable>>,
    {
        let wait = Duration::from_millis(limits::LOOKUP_WAIT_MS);
        // Boxed, so that a call that has to load nothing does not carry the room for it.
        tokio::time::timeout(wait, Box::pin(self.load_once(key, load))).await.map_err(|_| Unavailable::Slow)?
    }

    async fn load_once<F>(&self, key: &K, load: impl FnOnce() -> F) -> Result<Option<Remembered<V>>, Unavailable>
    where
        F: Future<Output = Result<Option<(Stamp, V)>, Unavailable>>,
    {
        let load = async || Ok(load().await?.map(|(stamp, value)| Arc::new(Live { stamp, value })));
        self.0.remove_if(key, |live| !live.stamp.fresh());
        match self.0.get_value_or_guard_async(key).await {
            Ok(live) if live.stamp.fresh() => Ok(Some(live)),
            // Another's load was overtaken by a change: read for ourselves and leave the remembering to the next.
            Ok(_) => load().await,
            Err(place) => {
                let live = load().await?;
                if let Some(live) = &live {
                    // Refused only where the entry was replaced meanwhile, and then the other one is as good.
                    let _ = place.insert(Arc::clone(live));
                }
                Ok(live)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

    use super::{LiveCache, Stamp};

    #[tokio::test]
    async fn an_entry_is_good_until_its_tenant_changes() {
        let (cache, version) = (LiveCache::<u32, &str>::new(8), Arc::new(AtomicU64::new(1)));
        let load = |value| {
            let version = Arc::clone(&version);
            async move || Ok(Some((Stamp::of(version), value)))
        };
        cache.get_or_load(&7, load("old")).await.expect("loaded");
        assert_eq!(cache.get(&7).map(|live| live.value), Some("old"));
        version.fetch_add(1, Ordering::AcqRel);
        assert!(cache.get(&7).is_none());
        cache.get_or_load(&7, load("new")).await.expect("loaded");
        assert_eq!(cache.get(&7).map(|live| live.value), Some("new"));
    }

    #[tokio::test]
    async fn an_entry_that_stands_on_two_tenants_goes_with_either() {
        for changed in [0, 1] {
            let (cache, versions) = (LiveCache::<u32, &str>::new(8), [Arc::new(AtomicU64::new(1)), Arc::default()]);
            let [own, other] = versions.clone();
            cache.get_or_load(&7, || async { Ok(Some((Stamp::of(own).with(other), "old"))) }).await.expect("loaded");
            assert!(cache.get(&7).is_some());
            versions[changed].fetch_add(1, Ordering::AcqRel);
            assert!(cache.get(&7).is_none());
        }
    }

    #[tokio::test]
    async fn a_load_that_a_change_overtakes_is_not_remembered() {
        let (cache, version) = (LiveCache::<u32, &str>::new(8), Arc::new(AtomicU64::new(1)));
        let overtaken = async || {
            let stamp = Stamp::of(Arc::clone(&version));
            tokio::task::yield_now().await;
            version.fetch_add(1, Ordering::AcqRel);
            Ok(Some((stamp, "old")))
        };
        cache.get_or_load(&7, overtaken).await.expect("loaded");
        assert!(cache.get(&7).is_none());
    }

    #[tokio::test]
    async fn however_many_wait_one_loads() {
        let (cache, loads) = (Arc::new(LiveCache::<u32, &str>::new(8)), Arc::new(AtomicUsize::new(0)));
        let tasks: Vec<_> = (0..32)
            .map(|_| {
                let (cache, loads) = (Arc::clone(&cache), Arc::clone(&loads));
                tokio::spawn(async move {
                    let load = async || {
                        loads.fetch_add(1, Ordering::AcqRel);
                        tokio::task::yield_now().await;
                        Ok(Some((Stamp::of(Arc::default()), "value")))
                    };
                    cache.get_or_load(&7, load).await.map(|found| found.is_some())
                })
            })
            .collect();
        for task in tasks {
            assert!(task.await.expect("no panic").expect("loaded"));
        }
        assert_eq!(loads.load(Ordering::Acquire), 1);
    }
}
