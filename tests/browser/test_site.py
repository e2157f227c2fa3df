"""The site in a real browser."""

from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tegum import __version__


def test_every_page_loads_without_complaint(browser, site, errors):
    pages = sorted(
        page for page in site.rglob("*.html") if not {"_static", "_sources"} & {*page.parts}
    )
    assert len(pages) > 15
    for page in pages:
        browser.get(page.as_uri())
        assert browser.title.endswith(f"Tegum {__version__}"), page
        assert not errors(), page


def test_search_finds_the_square_antiprism(browser, site):
    browser.get(f"{(site / 'search.html').as_uri()}?q={quote('square antiprism')}")
    found = WebDriverWait(
        browser, 20
    ).until(  # they come one after the other
        lambda page: (
            page.find_elements(By.CSS_SELECTOR, "#search-results li a")[2:]
            and page.find_elements(By.CSS_SELECTOR, "#search-results li a")
        )
    )
    for link in found:
        path = unquote(urlsplit(link.get_property("href")).path)
        assert "square antiprism" in Path(path).read_text(encoding="utf-8").lower(), path


def test_search_finds_nothing_where_there_is_nothing(browser, site):
    browser.get(f"{(site / 'search.html').as_uri()}?q=xyzzyplugh")
    said = "return document.getElementById('search-results').textContent"
    WebDriverWait(browser, 20).until(
        lambda page: "did not match any documents" in page.execute_script(said)
    )


def test_every_figure_has_its_picture_on_the_page_of_all_figures(browser, site):
    browser.get((site / "_gallery" / "index.html").as_uri())
    widths = browser.execute_script(
        "return [...document.querySelectorAll('.sphx-glr-thumbcontainer img')]"
        ".filter(picture => picture.checkVisibility())"
        ".map(picture => [picture.src, picture.naturalWidth])"
    )
    assert len(widths) == len(list((site / "_gallery").glob("plot_*.html")))
    assert len({source for source, _ in widths}) == len(widths)
    assert min(width for _, width in widths) > 100


@pytest.mark.parametrize("shade", ["light", "dark"])
def test_the_pictures_of_the_gallery_are_there(browser, site, shade):
    def shown(here):
        # each time anew: the page's own script may set the theme after us
        here.execute_script(f"document.body.dataset.theme = '{shade}'")
        pictures = here.find_elements(By.CSS_SELECTOR, f"img.only-{shade}")
        return [picture for picture in pictures if picture.is_displayed()]

    for page in sorted((site / "_gallery").glob("plot_*.html")):
        browser.get(page.as_uri())
        for picture in WebDriverWait(browser, 20).until(shown, str(page)):
            assert int(picture.get_property("naturalWidth")) > 300, page


def test_formulas_are_set(browser, site):
    browser.get((site / "explanation" / "exact-loss.html").as_uri())
    set_ones = WebDriverWait(browser, 20).until(
        lambda page: page.find_elements(By.CSS_SELECTOR, "mjx-container")
    )
    assert len(set_ones) > 5


def test_the_explorer_answers_a_slider(browser, site, errors):
    browser.get((site / "explore.html").as_uri())
    said = browser.find_element(By.ID, "explore-verdict")
    before = said.text
    browser.execute_script(
        "const p = document.getElementById('explore-p'); p.value = 4;"
        "p.dispatchEvent(new Event('input'))"
    )
    assert before and said.text and said.text != before
    assert browser.find_elements(By.CSS_SELECTOR, "#explore-gram rect")
    browser.execute_script(
        "const n = document.getElementById('explore-n'); n.value = 2;"
        "n.dispatchEvent(new Event('input'))"
    )
    assert browser.find_element(By.ID, "explore-m-said").text == "1"
    assert not errors()
