"""html_page.py FILE...: whether a page is well formed and for everybody.

Every element is closed, in order; ids are unique and every link leads to one
of them; nothing comes from elsewhere and nothing runs; one h1, no level of
headings left out; every header of a table has a scope, every table a caption;
what scrolls can be reached by keyboard. Prints what is not so; 1 then.
"""
import sys
from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "link", "input"}
CSP = "default-src 'none'; style-src 'unsafe-inline'"


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.errors, self.ids, self.links = [], [], [], []
        self.levels, self.captions, self.tables, self.csp = [], 0, 0, None
        self.headers = 0

    def fail(self, words):
        self.errors.append("line %d: %s" % (self.getpos()[0], words))

    def handle_startendtag(self, tag, attrs):
        if "svg" not in self.open:
            self.fail("<%s/> outside of svg" % tag)
        self.check(tag, dict(attrs), attrs)

    def handle_starttag(self, tag, attrs):
        self.check(tag, dict(attrs), attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.fail("</%s> closes %s" % (tag, self.open[-1:]))
        else:
            self.open.pop()

    def check(self, tag, named, attrs):
        if len(named) != len(attrs):
            self.fail("an attribute twice in <%s>" % tag)
        if tag in ("script", "iframe", "object", "embed", "form", "base", "link"):
            self.fail("<%s>" % tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("src", "srcset", "action"):
                self.fail("%s in <%s>" % (name, tag))
        if "href" in named:
            if not named["href"].startswith("#"):
                self.fail("a link to %s" % named["href"])
            self.links.append(named["href"][1:])
        if "id" in named:
            self.ids.append(named["id"])
            if not named["id"] or any(c.isspace() for c in named["id"]):
                self.fail("an id with a blank")
        if named.get("http-equiv", "").lower() == "content-security-policy":
            self.csp = named["content"]
        if tag == "th":
            self.headers += 1
            if named.get("scope") not in ("col", "row"):
                self.fail("<th> without scope")
        self.tables += tag == "table"
        self.captions += tag == "caption"
        if tag == "svg" and not named.get("aria-label"):
            self.fail("a picture without a label")
        if "scroll" in named.get("class", "").split():
            if named.get("tabindex") != "0" or not named.get("aria-label"):
                self.fail("a frame that no keyboard reaches")
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            level = int(tag[1])
            if level > (self.levels[-1] if self.levels else 0) + 1:
                self.fail("h%d leaves a level out" % level)
            self.levels.append(level)


def check(path):
    page = Page()
    text = open(path, encoding="utf-8", errors="strict").read()
    if not text.startswith("<!DOCTYPE html>\n<html lang="):
        page.fail("no doctype, or no language")
    page.feed(text)
    page.close()
    if page.open:
        page.fail("open at the end: %s" % page.open)
    if page.csp != CSP:
        page.fail("its policy is %s" % page.csp)
    if page.levels.count(1) != 1:
        page.fail("%d h1" % page.levels.count(1))
    if page.tables != page.captions:
        page.fail("a table without caption")
    if len(page.ids) != len(set(page.ids) - {None}):
        page.fail("an id twice")
    for link in page.links:
        if link not in page.ids:
            page.fail("#%s leads nowhere" % link)
    for error in page.errors:
        print("%s: %s" % (path, error))
    return bool(page.errors)


if __name__ == "__main__":
    sys.exit(any([check(path) for path in sys.argv[1:]]) or len(sys.argv) < 2)
