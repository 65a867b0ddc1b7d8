//! What toolchains import and no policy is given: files, networks, HTTP. Where the interface has a way to say no it is said,
//! so that a library that only looks goes on; any other call ends the guest. There is no code here that could do it.

use wasmtime::Result;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, LinkerInstance, Resource, ResourceType, Val};

use super::{Ended, Sealed};

/// These interfaces, without their version.
pub(super) const INTERFACES: &[&str] = &[
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:http/outgoing-handler",
    "wasi:http/types",
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];

/// Behind a handle to anything of them, where there can be one at all.
struct Nothing;

/// Defines what `component` imports of [`INTERFACES`], in just the version that it names.
pub(super) fn add_to_linker(linker: &mut Linker<Sealed>, component: &Component) -> Result<()> {
    let runtime = component.engine();
    // A resource that an interface has from another one is defined there.
    let mut resources = Vec::new();
    for (name, import) in component.component_type().imports(runtime) {
        let interface = name.split_once('@').map_or(name, |(interface, _)| interface);
        let ComponentItem::ComponentInstance(imported) = import.ty else { continue };
        let mut instance = INTERFACES.contains(&interface).then(|| linker.instance(name)).transpose()?;
        for (item, export) in imported.exports(runtime) {
            let is_first = match export.ty {
                ComponentItem::Resource(resource) if resources.contains(&resource) => false,
                ComponentItem::Resource(resource) => {
                    resources.push(resource);
                    true
                }
                _ => true,
            };
            match (&mut instance, export.ty) {
                (Some(instance), ComponentItem::ComponentFunc(_)) => refuse(instance, interface, item)?,
                (Some(instance), ComponentItem::Resource(_)) if is_first => {
                    instance.resource(item, ResourceType::host::<Nothing>(), |_, _| Ok(()))?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn refuse(instance: &mut LinkerInstance<'_, Sealed>, interface: &str, function: &str) -> Result<()> {
    match function {
        "get-directories" => instance.func_new(function, |_, _, _, results| answer(results, Val::List(Vec::new()))),
        "create-tcp-socket" | "create-udp-socket" | "resolve-addresses" => {
            instance.func_new(function, |mut guest, _, params, results| {
                for param in params {
                    // What was lent has to be given back.
                    if let Val::Resource(lent) = param {
                        lent.resource_drop(&mut guest)?;
                    }
                }
                answer(results, Val::Result(Err(Some(Box::new(Val::Enum("access-denied".to_owned()))))))
            })
        }
        // All that can be done with it is to be told no by the functions above.
        "instance-network" => instance.func_new(function, |mut guest, _, _, results| {
            let network = Resource::<Nothing>::new_own(0).try_into_resource_any(&mut guest)?;
            answer(results, Val::Resource(network))
        }),
        _ => {
            let called = format!("{interface}#{function}");
            instance.func_new(function, move |_, _, _, _| Err(Ended::Called(called.clone()).into()))
        }
    }
}

fn answer(results: &mut [Val], value: Val) -> Result<()> {
    let [result] = results else { return Err(wasmtime::format_err!("a function with one result")) };
    *result = value;
    Ok(())
}
