"""Every link of the site leads somewhere: read from the pages as they were built, no browser."""

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

HOSTS = Path(__file__).with_name("hosts.txt")


class Page(HTMLParser):
    """What a page links to, what it fetches, and the places in it that can be linked to."""

    def __init__(self, text):
        super().__init__()
        self.links, self.fetched, self.anchors = [], [], {"", "top"}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors |= {given[key] for key in ("id", "name") if given.get(key)}
        links = [given[key] for key in ("href", "src") if given.get(key)]
        self.links += links
        if tag != "a":
            self.fetched += links


@cache
def _read(path):
    return Page(path.read_text(encoding="utf-8"))


def _pages(site):
    found = sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)
    assert len(found) > 50
    return found


def test_every_link_within_the_site_leads_to_a_file_and_a_place_in_it(site):
    broken, count = [], 0
    for page in _pages(site):
        for link in _read(page).links:
            to = urlsplit(link)
            if to.scheme or to.netloc:
                continue
            count += 1
            path = (page.parent / unquote(to.path)).resolve() if to.path else page
            path = path / "index.html" if path.is_dir() else path
            if not path.is_relative_to(site.resolve()) or not path.is_file():
                broken.append(f"{page.relative_to(site)}: {link}")
            elif path.suffix == ".html" and unquote(to.fragment) not in _read(path).anchors:
                broken.append(f"{page.relative_to(site)}: {link}, no such place")
    assert not broken, "\n".join(broken)
    assert count > 3000


def test_links_to_elsewhere_are_https_and_to_hosts_that_were_looked_at(site):
    """Nothing is fetched: whether those pages are still there is for the reader of the list."""
    known = set(HOSTS.read_text(encoding="utf-8").split())
    links = {link for page in _pages(site) for link in _read(page).links if urlsplit(link).scheme}
    elsewhere = [urlsplit(link) for link in links if not link.startswith("data:")]
    assert {to.scheme for to in elsewhere} == {"https"}
    assert {to.netloc for to in elsewhere} == known


def test_no_page_fetches_anything_from_elsewhere(site):
    for page in _pages(site):
        for link in _read(page).fetched:
            assert link.startswith("data:") or not urlsplit(link).netloc, f"{page}: {link}"
