"""A web server on this machine, and files that run code when unpickled."""

import functools
import http.server
import os
import threading
from contextlib import contextmanager

import torch


class _Handler(http.server.SimpleHTTPRequestHandler):

    def log_message(self, *args):
        pass


@contextmanager
def serve(folder):
    """Serve a folder; gives the URL that its files' paths are added to."""
    handler = functools.partial(_Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f'http://127.0.0.1:{server.server_port}'
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class MakesFolder:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = str(folder)

    def __reduce__(self):
        return (os.makedirs, (self.folder, ))


def malicious_checkpoint(file, folder, zipped=True):
    """Write a checkpoint that makes a folder when it is unpickled."""
    content = dict(state_dict=dict(weight=torch.ones(2)),
                   meta=MakesFolder(folder))
    torch.save(content, file, _use_new_zipfile_serialization=zipped)
