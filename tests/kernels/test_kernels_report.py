"""Runs become rows."""

from pathlib import Path

from kernels import report

JUNIT = """<?xml version="1.0"?><testsuites><testsuite tests="5" failures="1" errors="1" skipped="1">
<testcase classname="tests.live.test_loading" name="test_a"><failure message="x"/></testcase>
<testcase classname="tests.live.test_loading" name="test_b"><error message="x"/></testcase>
</testsuite></testsuites>"""


def test_a_run_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "trial").write_text(
        '{"release": "6.1.0-50-amd64", "loads": true, "reason": "", "missing": {"lsm": "no |\\nlog"}, "seconds": 1}'
    )
    (tmp_path / "junit.xml").write_text(JUNIT)
    result = report.read("6.1", tmp_path, "")
    assert (result.passed, result.failed, result.skipped) == (2, 2, 1)
    assert result.failures == ["test_loading.test_a", "test_loading.test_b"]
    report.keep(result, tmp_path / "results")
    report.keep(
        report.read("5.10", tmp_path / "none", "the guest ended early\nand more"), tmp_path / "results"
    )
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.write(page, report.kept(tmp_path / "results"))
    lines = page.read_text().splitlines()
    assert lines[:2] == ["before", report.BEGIN] and lines[-2:] == [report.END, "after"]
    assert lines[4].startswith("| 5.10 | ") and "| no: the guest ended early |" in lines[4]
    assert "| 6.1.0-50-amd64 | bookworm's | yes | lsm: no \\| | 2 | 2 | 1 |" in lines[5]
