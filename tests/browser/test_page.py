"""The page of a video in a real browser, at the width of a desk and a phone.

Not part of the test suite: it needs Chromium and its driver.

    pip install selenium
    python -m pytest tests/browser
"""

import time

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from s2dnet_mmaction.visualization.page import write_page
from s2dnet_mmaction.visualization.seen import Seen, Window

NAME = 'a "quoted" <b>name</b> & </script><script>alert(1)</script>'


@pytest.fixture(scope='module')
def address(tmp_path_factory):
    """31 black frames at 10 per second; windows at 6 and 21, a map at 15."""
    windows = []
    for middle in (6, 21):
        weights = np.exp(-(np.arange(31) - middle) ** 2 / 2)
        windows.append(Window(np.array([15.5, 7.5, 47.5, 39.5]),
                              weights / weights.sum(),
                              np.full((8, 8, 3), 200, np.uint8)))
    seen = Seen(
        np.zeros((31, 48, 64, 3), np.uint8), NAME,
        {'answer': [(NAME, 0.9), ('other', 0.1)]}, windows, [0, 15, 30],
        np.linspace(0, 1, 31), {15: np.eye(2)}, 10.0)
    path = tmp_path_factory.mktemp('page') / 'page.html'
    write_page(path, seen, NAME)
    return path.as_uri()


@pytest.fixture
def page(screen, address):
    screen.get_log('browser')  # of other pages
    screen.get(address)
    yield screen
    assert [entry for entry in screen.get_log('browser')
            # the test reads pixels, the page does not
            if 'readback' not in entry['message']] == []


def text(page, name):
    return page.find_element(By.ID, name).text


def press(page, *keys):
    page.find_element(By.TAG_NAME, 'body').send_keys(*keys)


def pixel(page, x, y):
    """(r, g, b) of the video at a share of its width and height."""
    return page.execute_script(
        "const v = document.getElementById('video');"
        "return Array.from(v.getContext('2d').getImageData("
        'arguments[0] * v.width, arguments[1] * v.height, 1, 1).data)',
        x, y)[:3]


def test_names_are_text_and_fit(page):
    assert page.title == NAME
    assert page.find_element(By.TAG_NAME, 'h1').text == NAME
    assert page.find_elements(By.TAG_NAME, 'b') == []
    assert page.execute_script(
        'return document.documentElement.scrollWidth <= innerWidth')


@pytest.mark.parametrize('keys, frame', [
    ((Keys.ARROW_RIGHT, ) * 2, 2),
    ((Keys.ARROW_RIGHT, Keys.ARROW_LEFT, Keys.ARROW_LEFT), 0),
    ((Keys.SHIFT + Keys.ARROW_RIGHT, ), 10),
    ((Keys.END, Keys.ARROW_RIGHT), 30),
    ((Keys.END, Keys.HOME), 0),
    (('n', ), 6), (('n', 'n'), 21), (('n', 'n', 'n'), 6)])
def test_keys(page, keys, frame):
    for key in keys:
        press(page, key)
    assert text(page, 'now').startswith(f'frame {frame} of 30')


def test_drag_along_the_time(page):
    line = page.find_element(By.ID, 'time')
    quarter = (line.size['width'] - 16) // 4
    ActionChains(page).move_to_element(line).click_and_hold().perform()
    assert text(page, 'now').startswith('frame 15 of 30')
    ActionChains(page).move_by_offset(quarter, 0).release().perform()
    assert text(page, 'now').startswith(('frame 22 of', 'frame 23 of'))
    assert line.get_attribute('aria-valuenow') in ('22', '23')


def test_play_and_pause(page):
    button = page.find_element(By.ID, 'play')
    start = time.monotonic()
    button.click()
    assert button.text == 'pause'
    time.sleep(1)
    button.click()
    seconds = time.monotonic() - start
    frame = int(text(page, 'now').split()[1])
    assert 5 <= frame <= 10 * seconds and button.text == 'play'
    time.sleep(0.3)
    assert int(text(page, 'now').split()[1]) == frame


def test_window_shows_where_it_was_read(page):
    """A quarter of the width is its left edge."""
    assert pixel(page, 0.25, 0.5) == [0, 0, 0]
    press(page, 'n')
    red, green, blue = pixel(page, 0.25, 0.5)
    assert red > 150 and green < 60 and blue < 90
    assert pixel(page, 0.5, 0.5) == [0, 0, 0]


def test_heat_map(page):
    button = page.find_element(By.ID, 'maps')
    button.click()
    assert button.get_attribute('aria-pressed') == 'true'
    red, green, blue = pixel(page, 0.2, 0.1)
    assert red > 100 and green > 100 and blue == 0
    assert pixel(page, 0.8, 0.1) == [0, 0, 0]
    # It reaches from the centre of the first pixel to that of the last one.
    for inside, outside, y in ((0.75, 0.25, 0.1), (63.25, 63.75, 0.9)):
        assert pixel(page, inside / 64, y)[0] > 100
        assert pixel(page, outside / 64, y) == [0, 0, 0]
    press(page, 'h')
    assert pixel(page, 0.2, 0.1) == [0, 0, 0]


def test_pieces_lead_to_their_frames(page):
    pieces = page.find_elements(By.CSS_SELECTOR, '#pieces button')
    assert [piece.text for piece in pieces] == ['frame 6', 'frame 21']
    pieces[1].click()
    assert text(page, 'now').startswith('frame 21 of 30')
