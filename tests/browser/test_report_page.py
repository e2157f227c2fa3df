"""The report in a real browser: it sorts, filters, turns, and shows text as text."""

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait


def _cells(browser, column):
    rows = browser.find_elements(By.CSS_SELECTOR, "#components tbody tr")
    return [row.find_elements(By.TAG_NAME, "td")[column].text for row in rows]


def test_opens_without_complaint_and_names_of_files_stay_text(browser, report, errors):
    browser.get(report.as_uri())
    heading = browser.find_element(By.ID, "title").text
    assert heading.startswith("<script>") and heading in browser.title
    assert not errors()
    milliseconds = browser.execute_script(
        "const t = performance.getEntriesByType('navigation')[0]; return t.loadEventEnd"
    )
    assert milliseconds > 0


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


def test_a_component_turns(browser, report, errors):
    browser.get(report.as_uri())
    eye = "return JSON.stringify(document.getElementById('component')._fullLayout.scene.camera.eye)"
    WebDriverWait(browser, 20).until(lambda page: page.execute_script(eye))
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


def test_the_pointer_names_a_feature_and_its_partners(browser, report):
    browser.get(report.as_uri())
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
    assert "feature 2" in said and "D =" in said and "norm" in said


def test_another_model_is_chosen(browser, report):
    browser.get(report.as_uri())
    before = browser.find_element(By.ID, "summary").text
    Select(browser.find_element(By.ID, "instance")).select_by_index(1)
    after = browser.find_element(By.ID, "summary").text
    assert "0.3" in before and "0.05" in after
