"""From a policy to the functions of the contract. Runs inside of the component only, where `wit_world` is."""

from typing import Any, Optional

from componentize_py_types import Err
from wit_world.imports import types

from wardgate_policy import Answer, Failure, Policy, SettingsError, evaluate, prepare

EFFECTS = {"deny": types.Effect.DENY, "allow": types.Effect.ALLOW, "abstain": types.Effect.ABSTAIN}
KINDS = {
    types.Value_Text: "text",
    types.Value_Number: "number",
    types.Value_Flag: "flag",
    types.Value_Texts: "texts",
}


def component(policy: Policy, name: str, version: str, schema: Optional[str]) -> type:
    """The class that componentize-py exports as the interface `policy`."""

    class Exported:
        def describe(self) -> types.Description:
            reads = [read.name for read in policy.reads.values()]
            return types.Description(name, version, list(policy.permissions), reads, schema)

        def prepare(self, settings: str) -> bytes:
            try:
                return prepare(policy, settings)
            except SettingsError as error:
                raise Err([types.Problem(path, message) for path, message in error.problems]) from None

        def evaluate(self, prepared: bytes, ask: types.Ask) -> types.Verdict:
            given = [(one.name, KINDS[type(one.value)], one.value.value) for one in ask.attributes]
            try:
                return _verdict(evaluate(policy, prepared, given))
            except Failure as failure:
                raise Err(str(failure)) from None

    return Exported


def _verdict(answer: Answer) -> types.Verdict:
    obligations = [
        types.Obligation(one.name, [types.Attribute(name, _value(value)) for name, value in one.arguments.items()])
        for one in answer.obligations
    ]
    return types.Verdict(EFFECTS[answer.effect], [types.Reason(*reason) for reason in answer.reasons], obligations)


def _value(value: Any) -> types.Value:
    if isinstance(value, bool):
        return types.Value_Flag(value)
    if isinstance(value, int):
        return types.Value_Number(value)
    return types.Value_Texts(value) if isinstance(value, list) else types.Value_Text(value)
