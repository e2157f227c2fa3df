"""The report in a real browser: it sorts, filters, turns, and shows text as text."""

from statistics import median

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from tegum.__main__ import main
from tests.tegum.command_line import PENTAGON, save

ROWS_AT_LOAD = """addEventListener("load", () => {
  window.rowsAtLoad = document.querySelectorAll("#components tbody tr").length; });"""
LOADED = "return performance.getEntriesByType('navigation')[0].loadEventEnd"


def _cells(browser, column):
    return browser.execute_script(
        "return [...document.querySelectorAll('#components tbody tr')]"
        ".map(row => row.cells[arguments[0]].innerText)",
        column,
    )


def test_opens_without_complaint_and_names_of_files_stay_text(browser, report, errors, drawn):
    browser.get(report.as_uri())
    heading = browser.find_element(By.ID, "title").text
    assert heading.startswith("<script>") and heading in browser.title
    drawn()
    assert not errors()


def test_four_hundred_features_open_at_once(browser, large_report, errors, drawn, capsys):
    """The table is there at the load event, plots follow; of time nothing is asserted but said."""
    script = browser.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": ROWS_AT_LOAD}
    )
    opened, complete = [], []
    for _ in range(5):
        browser.get("about:blank")
        browser.get(large_report.as_uri())
        assert browser.execute_script("return rowsAtLoad") > 0
        assert browser.find_element(By.CSS_SELECTOR, "#components tbody td").is_displayed()
        opened.append(
            WebDriverWait(browser, 30).until(lambda page: page.execute_script(LOADED)) / 1000
        )
        drawn()
        complete.append(browser.execute_script("return performance.now()") / 1000)
    browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
    assert not errors()
    assert large_report.stat().st_size < 7e6
    assert browser.execute_script("return document.getElementsByTagName('*').length") < 2000
    with capsys.disabled():
        print(f"\nreport of n = 400, m = 30: table after {median(opened):.2f} s, "
              f"all drawn after {median(complete):.2f} s (medians of 5)")  # fmt: skip


ODD = {
    "ein Merkmal – одна черта.npy": np.array([[1.0, 0.0, 0.0]]),
    "四つの零 & <b>.npy": np.zeros((4, 2)),
    "2000 features.npy": np.random.default_rng(0).normal(size=(2000, 100)) / 10,
    "2001 features.npy": np.pad(PENTAGON, ((0, 1996), (0, 0))),
    "thirty models.npz": np.stack([turn * PENTAGON for turn in np.linspace(0.5, 2, 30)]),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_matrices_open_without_complaint(browser, tmp_path, errors, drawn, name):
    weights = save(tmp_path / name, W=ODD[name])
    main(["report", str(weights), "-o", str(tmp_path / "ÿ 報告.html")])
    browser.get((tmp_path / "ÿ 報告.html").as_uri())
    assert browser.find_element(By.ID, "title").text == name
    shape = np.atleast_3d(ODD[name]) if ODD[name].ndim == 3 else ODD[name][None]
    assert f"{shape.shape[1]} features" in browser.find_element(By.ID, "summary").text
    models = browser.execute_script("return document.querySelectorAll('#instance option').length")
    assert models == len(shape)
    if ODD[name].any():
        drawn()
        assert _cells(browser, 0)
    shown = browser.find_element(By.ID, "graph").is_displayed()
    assert shown == (shape.shape[1] <= 2000)
    assert not errors()


def test_the_table_sorts_and_filters(browser, report):
    browser.get(report.as_uri())
    names = _cells(browser, 0)
    assert len(names) >= 2
    head = browser.find_elements(By.CSS_SELECTOR, "#components thead th")
    D = [cell.text for cell in head].index("D")
    head[D].click()
    down = [float(cell) for cell in _cells(browser, D)]
    browser.find_elements(By.CSS_SELECTOR, "#components thead th")[D].click()
    up = [float(cell) for cell in _cells(browser, D)]
    assert down == sorted(down, reverse=True) and up == sorted(up)
    field = browser.find_element(By.ID, "filter")
    field.send_keys("no such shape")
    assert _cells(browser, 0) == []
    field.clear()
    field.send_keys(names[0])
    assert set(_cells(browser, 0)) == {names[0]}


def test_a_component_turns(browser, report, errors, drawn):
    browser.get(report.as_uri())
    drawn()
    eye = "return JSON.stringify(document.getElementById('component')._fullLayout.scene.camera.eye)"
    before = browser.execute_script(eye)
    plot = browser.find_element(
        By.CSS_SELECTOR, "#component .nsewdrag, #component canvas, #component"
    )
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
    ActionChains(browser).move_to_element(plot).click_and_hold().move_by_offset(90, 40).pause(
        0.3
    ).release().perform()
    WebDriverWait(browser, 10).until(lambda page: page.execute_script(eye) != before)
    assert not errors()


def test_the_pointer_names_a_feature_and_its_partners(browser, report, drawn):
    browser.get(report.as_uri())
    drawn()
    plot = browser.find_element(By.ID, "dimensionality")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
    x, y = browser.execute_script(
        """const [plot] = arguments, to = plot._fullLayout, box = plot.getBoundingClientRect();
        const {x, y} = plot.data[0];
        return [to._size.l + to.xaxis.l2p(x[2]) - box.width / 2,
                to._size.t + to.yaxis.l2p(y[2]) - box.height / 2];""",
        plot,
    )
    pointer = ActionChains(browser).move_to_element_with_offset(plot, int(x) - 4, int(y))
    pointer.pause(0.5).move_by_offset(4, 0).perform()
    said = WebDriverWait(browser, 10).until(
        lambda page: page.execute_script(
            "return document.querySelector('#dimensionality .hoverlayer').textContent"
        )
    )
    name = browser.execute_script("return report.instances[0].features.name[2]")
    assert f"feature 2, {name}" in said and "D =" in said and "norm" in said


def test_another_model_is_chosen(browser, report):
    browser.get(report.as_uri())
    before = browser.find_element(By.ID, "summary").text
    Select(browser.find_element(By.ID, "instance")).select_by_index(1)
    after = browser.find_element(By.ID, "summary").text
    assert "0.3" in before and "0.05" in after
