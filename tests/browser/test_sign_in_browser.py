"""A folder is dropped, its form filled in the Prefect UI, the next step opens, and the opinion can be fetched."""

import re
import time
from urllib.parse import quote

import httpx
import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from review_flows.cases.case import Wait
from tests.cases.building import Package, a_contract, a_decision, a_document, a_penalty
from tests.flows.harness import Office, until

pytestmark = [pytest.mark.browser, pytest.mark.prefect]

PATIENCE_SECONDS = 60


def _page(office: Office, path: str) -> str:
    return f"http://127.0.0.1:{office.place.settings.prefect_port}{path}"


def _find(browser: WebDriver, css: str, text: str = "") -> WebElement:
    """The first visible element with this text, once it is there."""

    def found(driver: WebDriver) -> WebElement | bool:
        for element in driver.find_elements(By.CSS_SELECTOR, css):
            if element.is_displayed() and text in element.text:
                return element
        return False

    wait = WebDriverWait(browser, PATIENCE_SECONDS, ignored_exceptions=(Exception,))
    element = wait.until(found, f"{css} {text}")
    assert isinstance(element, WebElement)
    return element


def _open_form(office: Office, browser: WebDriver, wait: Wait, text: str) -> WebElement:
    """The form of an ask, as the address that `up` prints leads to it, once it shows a text."""
    browser.get(_page(office, f"/v2/runs/flow-run/{wait.run_id}"))
    _find(browser, "button", "Open menu").click()
    _find(browser, "[role=menuitem]", "Resume").click()
    _find(browser, "[role=dialog] label", "动态口令")  # the fields come after the text
    return _find(browser, "[role=dialog]", text)


def _field(part: WebElement, title: str) -> WebElement:
    """The input under a field's Chinese title."""
    for label in part.find_elements(By.CSS_SELECTOR, "label[data-slot=label]"):
        if label.text.removesuffix("(Optional)").strip() == title:
            return part.find_element(By.ID, label.get_attribute("for") or "")
    raise AssertionError(f"the form has no field {title}")


def _fill(part: WebElement, **texts: str) -> None:
    for title, text in texts.items():
        _field(part, title).send_keys(text)


def _choose(browser: WebDriver, part: WebElement, title: str, label: str) -> None:
    """Pick a choice and see that it is the one that stands there: the list still moves when it opens."""

    def chosen() -> bool:
        if _field(part, title).text.strip() == label:
            return True
        if not browser.find_elements(By.CSS_SELECTOR, "[role=option]"):
            _click(browser, _field(part, title))
        for option in browser.find_elements(By.CSS_SELECTOR, "[role=option]"):
            if option.text.strip() == label:
                option.click()
                break
        return False

    WebDriverWait(browser, PATIENCE_SECONDS, ignored_exceptions=(WebDriverException,)).until(lambda _: chosen(), label)


def _click(browser: WebDriver, element: WebElement) -> None:
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
    element.click()


def _button(part: WebElement, text: str) -> WebElement:
    return next(button for button in part.find_elements(By.TAG_NAME, "button") if button.text.strip() == text)


def _add_item(browser: WebDriver, dialog: WebElement, nature: str, **texts: str) -> None:
    """One opinion item more, as a reviewer adds it."""
    _click(browser, _button(dialog, "Add item"))
    until(
        lambda: any(label.text == "性质" for label in dialog.find_elements(By.TAG_NAME, "label")), "the item is there"
    )
    _fill(dialog, **texts)
    _choose(browser, dialog, "性质", nature)


def _case_from_folder(office: Office, package: Package) -> str:
    """The number on the receipt of a folder dropped into docs_in."""
    package.lay(office.place.settings.docs_in / package.title)
    receipt = office.place.home.receipts / f"{package.title}.txt"
    until(receipt.exists, "the receipt is written")
    found = re.search(r"\d{4}-[A-Z]{2}-\d{4}", receipt.read_text("utf-8"))
    assert found, receipt.read_text("utf-8")
    return found.group()


# the package, its conclusion on the screen, an opinion item, the step that follows
REVIEWS = {
    "规范性文件": (a_document(), "应当予以修改", {"条款": "第三条", "问题": "没有依据", "建议": "删去"}, "drafting"),
    "决策": (a_decision(papers={"comment_adoption_report": "采纳情况"}), "合法", {}, "collective_discussion"),
    "合同": (a_contract(), "合法", {}, "approval"),
    "处罚": (a_penalty(), "同意", {}, "collective_discussion"),
}


@pytest.mark.parametrize("name", REVIEWS)
def test_a_reviewer_signs_in_the_browser_and_the_next_step_opens(office: Office, browser: WebDriver, name: str) -> None:
    package, conclusion, item, next_step = REVIEWS[name]
    title = f"浏览器里办理的{name}"
    case = _case_from_folder(office, package.but(title=title))
    wait = office.waiting(case, "legality_review")
    person = office.person("legal_reviewer")

    dialog = _open_form(office, browser, wait, title)
    assert "材料" in dialog.text
    _fill(dialog, 签批人编号=person, 理由="主体适格，依据充分。")
    _choose(browser, dialog, "结论", conclusion)
    if item:
        _add_item(browser, dialog, "应当修改", **item)
    _fill(dialog, 动态口令=office.code(person))
    _click(browser, _button(dialog, "Resume"))

    following = office.waiting(case, next_step)
    [sign_off] = office.sign_offs(case, "legality_review")
    shown = office.place.catalogs.label(sign_off.conclusion, "legality_review", section="conclusions")
    assert (sign_off.person, shown, sign_off.reason) == (person, conclusion, "主体适格，依据充分。")
    assert [found["problem"] for found in office.show(case)["opinion_items"]] == ([item["问题"]] if item else [])
    dialog = _open_form(office, browser, following, title)
    step = office.place.catalogs.label(next_step, package.kind)
    assert f"{case} · {step} · 第{following.round}轮" in dialog.text
    _fetch_opinion(dialog)


def _fetch_opinion(dialog: WebElement) -> None:
    """The opinion is among the papers of the next form, and its link gives a Word file."""
    links = [(a.text, a.get_attribute("href")) for a in dialog.find_elements(By.TAG_NAME, "a")]
    [opinion] = [href for text, href in links if "意见书" in text]
    answer = httpx.get(opinion or "", trust_env=False)
    assert answer.status_code == 200
    assert answer.content.startswith(b"PK")
    assert quote("意见书") in answer.headers["content-disposition"]


def test_the_pages_call_no_foreign_host(office: Office, browser: WebDriver) -> None:
    case = office.submit(a_contract(title="新界面的合同"))
    _open_form(office, browser, office.waiting(case, "legality_review"), "新界面的合同")
    time.sleep(1)  # long enough for what would call out on load
    foreign = [url for url in _loaded(browser) if not url.startswith(_page(office, "/"))]
    assert foreign == []


def _loaded(browser: WebDriver) -> list[str]:
    """What the page really got, by the browser's own account; what was refused has no size."""
    script = "return performance.getEntriesByType('resource').filter(e => e.transferSize > 0).map(e => e.name)"
    found: list[str] = browser.execute_script(script)
    assert found
    return found
