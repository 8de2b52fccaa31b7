"""A folder is dropped, its form filled in the Prefect UI, the next step opens, and the opinion can be fetched."""

import re
import time

import httpx
import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from tests.cases.building import a_contract
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


def _field(dialog: WebElement, title: str) -> WebElement:
    """The input under a field's Chinese title."""
    for field in dialog.find_elements(By.CSS_SELECTOR, ".schema-form-property"):
        if field.find_element(By.CSS_SELECTOR, ".schema-form-property__label").text.startswith(title):
            return field.find_element(By.CSS_SELECTOR, "textarea, select")
    raise AssertionError(f"the form has no field {title}")


def _case_from_folder(office: Office) -> str:
    """The number on the receipt of a folder dropped into docs_in."""
    a_contract(title="浏览器里办理的合同").lay(office.place.settings.docs_in / "浏览器")
    receipt = office.place.home.receipts / "浏览器.txt"
    until(receipt.exists, "the receipt is written")
    found = re.search(r"\d{4}-GC-\d{4}", receipt.read_text("utf-8"))
    assert found, receipt.read_text("utf-8")
    return found.group()


def test_a_reviewer_signs_in_the_browser_and_the_next_step_opens(office: Office, browser: WebDriver) -> None:
    case = _case_from_folder(office)
    wait = office.waiting(case, "legality_review")
    person = office.person("legal_reviewer")

    browser.get(_page(office, f"/runs/flow-run/{wait.run_id}"))
    _find(browser, "button", "Resume").click()
    dialog = _find(browser, "[role=dialog]", "浏览器里办理的合同")
    assert "合同文本" in dialog.text
    _field(dialog, "签批人编号").send_keys(person)
    Select(_field(dialog, "结论")).select_by_visible_text("合法")
    _field(dialog, "理由").send_keys("主体适格，条款合法。")
    _field(dialog, "动态口令").send_keys(office.code(person))
    next(b for b in dialog.find_elements(By.TAG_NAME, "button") if b.text.strip() == "Submit").click()

    following = office.waiting(case, "approval")
    [sign_off] = office.sign_offs(case, "legality_review")
    assert (sign_off.person, sign_off.conclusion, sign_off.reason) == (person, "lawful", "主体适格，条款合法。")
    browser.get(_page(office, f"/runs/flow-run/{following.run_id}"))
    _find(browser, "h1, h2, .page-heading, nav, header", f"{case} 审批 第1轮")
    _fetch_opinion(office, browser)


def _fetch_opinion(office: Office, browser: WebDriver) -> None:
    """The opinion is among the papers of the next form, and its link gives a Word file."""
    _find(browser, "button", "Resume").click()
    dialog = _find(browser, "[role=dialog]", "材料")
    links = [(a.text, a.get_attribute("href")) for a in dialog.find_elements(By.TAG_NAME, "a")]
    [opinion] = [href for text, href in links if "意见书" in text]
    answer = httpx.get(opinion or "", trust_env=False)
    assert answer.status_code == 200
    assert answer.content.startswith(b"PK")
    assert "%E5%90%88%E6%B3%95%E6%80%A7" in answer.headers["content-disposition"]


def test_the_newer_interface_shows_the_same_form_and_calls_no_foreign_host(office: Office, browser: WebDriver) -> None:
    case = office.submit(a_contract(title="新界面的合同"))
    wait = office.waiting(case, "legality_review")
    browser.get(_page(office, f"/v2/runs/flow-run/{wait.run_id}"))
    _find(browser, "button", "Open menu").click()
    _find(browser, "[role=menuitem]", "Resume").click()
    dialog = _find(browser, "[role=dialog]", "新界面的合同")
    for title in ("签批人编号", "动态口令", "结论", "理由", "意见条目"):
        assert title in dialog.text
    time.sleep(1)  # long enough for what would call out on load
    foreign = [url for url in _loaded(browser) if not url.startswith(_page(office, "/"))]
    assert foreign == []


def _loaded(browser: WebDriver) -> list[str]:
    """What the page really got, by the browser's own account; what was refused has no size."""
    script = "return performance.getEntriesByType('resource').filter(e => e.transferSize > 0).map(e => e.name)"
    found: list[str] = browser.execute_script(script)
    assert found
    return found
