"""A headless Chromium, and the pages it looks at. `make test-browser` installs and runs it."""

import shutil
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

from tegum.__main__ import main
from theory import FeatureDistribution
from training import ReluOutputModel, fit

SITE = Path(__file__).parents[2] / "docs" / "_build" / "html"


@pytest.fixture(scope="session")
def browser():
    options = webdriver.ChromeOptions()
    options.add_argument("--headless=new")
    options.add_argument("--no-sandbox")
    options.add_argument("--window-size=1300,1600")
    options.binary_location = shutil.which("chromium") or ""
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, Service(shutil.which("chromedriver")))
    driver.implicitly_wait(10)
    yield driver
    driver.quit()


@pytest.fixture
def errors(browser):
    """What the console has complained about since it was last asked."""
    browser.get_log("browser")

    def since():
        return [one["message"] for one in browser.get_log("browser") if one["level"] == "SEVERE"]

    return since


@pytest.fixture
def drawn(browser):
    """Waits until the report has drawn all its plots."""

    def wait():
        done = "return waiting.size === 0 && document.querySelector('.js-plotly-plot') !== null"
        WebDriverWait(browser, 30).until(lambda page: page.execute_script(done))

    return wait


@pytest.fixture(scope="session")
def site():
    if not (SITE / "index.html").is_file():
        pytest.fail("expected the site in docs/_build/html; run make docs")
    return SITE


@pytest.fixture(scope="session")
def report(tmp_path_factory):
    """The report of a run in a folder whose name is markup."""
    folder = tmp_path_factory.mktemp("report") / "<script>document.title='broken'<"
    features = FeatureDistribution(8, density=[[0.3], [0.05]])
    fit(ReluOutputModel(8, 3), features, restarts=4).save(folder)
    page = folder.parent / "report.html"
    main(["report", str(folder), "-o", str(page)])
    return page


@pytest.fixture(scope="session")
def large_report(tmp_path_factory):
    """The report of a run of 400 features in 30 dimensions."""
    folder = tmp_path_factory.mktemp("large")
    features = FeatureDistribution(400, density=0.1)
    fit(ReluOutputModel(400, 30), features, restarts=1, search="quick").save(folder / "run")
    main(["report", str(folder / "run"), "-o", str(folder / "report.html"), "--no-packing"])
    return folder / "report.html"
