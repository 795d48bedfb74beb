"""Test an action recognizer with MMAction2's tools/test.py."""

from mmaction_tool import load_tool

if __name__ == '__main__':
    load_tool('test.py').main()
