import pytest

from tiercel.killchain import Stage, stage_of


def test_phases_run_from_one_to_seven_in_order() -> None:
    assert [stage.phase for stage in Stage] == [1, 2, 3, 4, 5, 6, 7]
    assert [stage.value for stage in Stage] == [
        "reconnaissance",
        "weaponization",
        "delivery",
        "exploitation",
        "installation",
        "command-and-control",
        "actions-on-objectives",
    ]


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("reconnaissance", Stage.RECONNAISSANCE),
        ("command_and_control", Stage.COMMAND_AND_CONTROL),
        ("Command & Control", Stage.COMMAND_AND_CONTROL),
        (" Actions on Objectives ", Stage.ACTIONS_ON_OBJECTIVES),
        ("persistence", None),
        ("", None),
    ],
)
def test_a_stage_is_found_however_it_is_spelt(text: str, stage: Stage | None) -> None:
    assert stage_of(text) is stage


def test_label_is_for_people() -> None:
    assert Stage.COMMAND_AND_CONTROL.label == "Command and control"
