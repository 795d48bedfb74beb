"""Chromium, without a window."""

import pytest
from selenium import webdriver


@pytest.fixture(scope='session')
def browser():
    options = webdriver.ChromeOptions()
    for argument in ('--headless=new', '--no-sandbox', '--disable-gpu'):
        options.add_argument(argument)
    options.set_capability('goog:loggingPrefs',
                           {'browser': 'ALL', 'performance': 'ALL'})
    driver = webdriver.Chrome(options=options)
    yield driver
    driver.quit()


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=['desk', 'phone'])
def screen(browser, request):
    """The browser at the width of a desk and of a phone."""
    width, height = request.param
    browser.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', dict(
        width=width, height=height, deviceScaleFactor=1, mobile=width < 500))
    return browser
