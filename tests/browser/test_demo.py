"""The web page on which a network is tried, in a real browser.

Not part of the test suite: it needs Chromium, its driver and Gradio.

    pip install selenium 's2dnet_mmaction[demo]'
    python -m pytest tests/browser
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from s2dnet_mmaction.apis import S2DNetInferencer
from tests.support import glints, tiny

pytest.importorskip('gradio')
CLASSES = [f'action <b>{i}</b>' for i in range(tiny.NUM_CLASSES)]


@pytest.fixture(scope='module')
def files(glints_root, tmp_path_factory):
    """Config and checkpoint."""
    folder = tmp_path_factory.mktemp('demo')
    glints.config(glints_root, folder).dump(str(folder / 'tiny.py'))
    tiny.write_checkpoint(folder / 'weights.pth', CLASSES)
    return str(folder / 'tiny.py'), str(folder / 'weights.pth')


@pytest.fixture(scope='module')
def address(files, glints_root):
    """Of the running tool."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, '-W', 'ignore', glints.ROOT / 'tools/demo.py',
         *files, '--port', str(port), '--examples',
         glints_root / 'videos/00024.mp4'],
        env={**os.environ, 'PYTHONPATH': str(glints.ROOT)})
    for _ in range(120):
        with socket.socket() as tried:
            if tried.connect_ex(('127.0.0.1', port)) == 0:
                break
        time.sleep(0.5)
    yield f'http://127.0.0.1:{port}/'
    server.terminate()
    server.wait()


@pytest.fixture
def demo(screen, address):
    screen.get(address)
    wait(screen, lambda: screen.find_elements(
        By.CSS_SELECTOR, 'input[type=file]'))
    return screen


def wait(browser, condition):
    return WebDriverWait(browser, 60).until(lambda _: condition())


def text(browser):
    return browser.find_element(By.TAG_NAME, 'body').text


def upload(browser, file):
    for button in browser.find_elements(
            By.CSS_SELECTOR, '[aria-label="Clear"], [aria-label="Remove"]'):
        button.click()
    wait(browser, lambda: browser.find_elements(
        By.CSS_SELECTOR, 'input[type=file]'))
    browser.find_element(By.CSS_SELECTOR, 'input[type=file]').send_keys(
        str(file))
    # the size of the file, once it is there
    wait(browser, lambda: 'KB' in text(browser) or ' B' in text(browser))
    run, = (button for button in browser.find_elements(By.TAG_NAME, 'button')
            if button.text == 'Run')
    run.click()


def test_a_clip(demo, files, glints_root):
    video = glints_root / 'videos/00024.mp4'
    upload(demo, video)
    wait(demo, lambda: 'GMACs, detail' in text(demo))
    expected, = S2DNetInferencer(
        *files, device='cpu', show_progress=False)(video)['predictions']
    best = max(expected['pred_scores'])
    assert f'{expected["pred_class"]}\n{best:.0%}' in text(demo)
    assert 'decoding' in text(demo) and ' s on cpu' in text(demo)
    assert demo.find_elements(By.TAG_NAME, 'b') == []
    assert demo.execute_script(
        'return document.documentElement.scrollWidth <= innerWidth')
    # the movie plays
    duration = wait(demo, lambda: demo.execute_script(
        "return document.querySelector('video')?.duration"))
    assert duration > 0.5
    # the page is scrubbed within its frame
    frame = demo.find_element(By.TAG_NAME, 'iframe')
    demo.switch_to.frame(frame)
    assert demo.find_element(By.TAG_NAME, 'h1').text == '00024'
    before = demo.find_element(By.ID, 'now').text
    demo.find_element(By.CSS_SELECTOR, '#pieces button:last-child').click()
    assert demo.find_element(By.ID, 'now').text != before
    demo.switch_to.default_content()


def test_nothing_leaves_this_machine(demo, address):
    requests = [
        json.loads(entry['message'])['message'].get('params', {}).get(
            'request', {}).get('url', '')
        for entry in demo.get_log('performance')]
    outside = {url for url in requests if url.startswith('http')
               and not url.startswith(address)}
    assert outside == set()


def test_no_video_then_a_good_one(demo, glints_root, tmp_path):
    """The message is text; the page goes on."""
    (tmp_path / 'x<i>y.mp4').write_text('no video')
    upload(demo, tmp_path / 'x<i>y.mp4')
    wait(demo, lambda: 'y.mp4: got a file that FFmpeg cannot' in text(demo))
    assert '/gradio/' not in text(demo)
    demo.find_element(By.CSS_SELECTOR, '[data-testid=toast-close]').click()
    wait(demo, lambda: 'cannot' not in text(demo))
    assert demo.find_elements(By.TAG_NAME, 'i') == []
    upload(demo, glints_root / 'videos/00025.mp4')
    wait(demo, lambda: 'GMACs, detail' in text(demo))


def test_a_name_with_quotes_and_tags(demo, glints_root, tmp_path):
    name = 'a "quoted" <b>name.mp4'
    shutil.copy(glints_root / 'videos/00025.mp4', tmp_path / name)
    upload(demo, tmp_path / name)
    wait(demo, lambda: demo.find_elements(By.TAG_NAME, 'iframe'))
    assert demo.find_elements(By.TAG_NAME, 'b') == []
    demo.switch_to.frame(demo.find_element(By.TAG_NAME, 'iframe'))
    title = demo.find_element(By.TAG_NAME, 'h1')
    assert 'quoted' in title.text and 'name' in title.text
    assert title.find_elements(By.TAG_NAME, 'b') == []
    demo.switch_to.default_content()


def test_no_clip(demo):
    run, = (button for button in demo.find_elements(By.TAG_NAME, 'button')
            if button.text == 'Run')
    run.click()
    wait(demo, lambda: 'Choose a clip first.' in text(demo))
