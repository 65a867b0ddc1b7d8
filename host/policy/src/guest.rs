//! One guest's life: a new store with all its bounds, one instance, one call. Nothing of it survives.

use wardgate_domain::verdict::Failure;
use wasmtime::component::{Instance, InstancePre};
use wasmtime::{Error, ResourceLimiter, Store};

use crate::failure::{self, GrowthRefused};
use crate::limits::{Bounds, CORE_INSTANCES, CROSSING_BYTES, MEMORIES, TABLE_ELEMENTS, TABLES};
use crate::log::{Log, LogLine};
use crate::patience::Patience;

/// What the host keeps beside an instance.
pub(crate) struct Guest {
    pub(crate) log: Log,
    growth: Growth,
    patience: Patience,
}

/// What a store holds: the guest, and what its world gives it beside.
pub(crate) trait Occupant: Send + 'static {
    fn guest(&mut self) -> &mut Guest;

    /// What remains of it.
    fn leave(self) -> Left;
}

/// What remains of a guest.
pub(crate) struct Left {
    pub(crate) log: Vec<LogLine>,
    /// Whether all that it did follows from what it was asked.
    pub(crate) is_repeatable: bool,
}

impl Occupant for Guest {
    fn guest(&mut self) -> &mut Self {
        self
    }

    fn leave(self) -> Left {
        let log = self.log.into_lines();
        Left { is_repeatable: log.is_empty(), log }
    }
}

/// Makes an instance, its clock already ticking. `furnish` gives the guest what its world has.
pub(crate) fn start<T: Occupant>(
    pre: &InstancePre<T>,
    bounds: Bounds,
    furnish: impl FnOnce(Guest) -> T,
) -> Result<(Store<T>, Instance), Failure> {
    let memory_bytes = (bounds.memory_mib as usize).saturating_mul(1024 * 1024);
    let patience = Patience::new(bounds.wall_ms);
    let ticks = patience.ticks();
    let guest = Guest { log: Log::new(), growth: Growth { memory_bytes }, patience };
    let occupant = furnish(guest);
    let mut store = Store::try_new(pre.engine(), occupant).map_err(|error| Failure::Host(error.to_string()))?;
    store.limiter(|occupant| &mut occupant.guest().growth);
    store.set_epoch_deadline(ticks);
    store.epoch_deadline_callback(|mut store| Ok(store.data_mut().guest().patience.judge()));
    store.set_hostcall_fuel(CROSSING_BYTES);
    let instance = pre.instantiate(&mut store).map_err(|error| failure::of_start(&error))?;
    Ok((store, instance))
}

/// Refuses growth past the bounds with an error instead of a `-1`, so that it is told apart from other traps.
struct Growth {
    memory_bytes: usize,
}

impl ResourceLimiter for Growth {
    fn memory_growing(&mut self, _: usize, desired: usize, maximum: Option<usize>) -> Result<bool, Error> {
        within(desired, self.memory_bytes.min(maximum.unwrap_or(usize::MAX)))
    }

    fn memory_grow_failed(&mut self, _: Error) -> Result<(), Error> {
        Err(Error::new(GrowthRefused))
    }

    fn table_growing(&mut self, _: usize, desired: usize, maximum: Option<usize>) -> Result<bool, Error> {
        within(desired, TABLE_ELEMENTS.min(maximum.unwrap_or(usize::MAX)))
    }

    fn table_grow_failed(&mut self, _: Error) -> Result<(), Error> {
        Err(Error::new(GrowthRefused))
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES as usize
    }

    fn tables(&self) -> usize {
        TABLES as usize
    }

    fn memories(&self) -> usize {
        MEMORIES as usize
    }
}

fn within(desired: usize, bound: usize) -> Result<bool, Error> {
    if desired <= bound { Ok(true) } else { Err(Error::new(GrowthRefused)) }
}
