"""Leaves a daemon behind, as careless programs do: forks twice, in a session of its own. Its pid is in the file named."""

import os
import pathlib
import sys
import time

pid_file = pathlib.Path(sys.argv[1])
reading, writing = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        beside = pid_file.with_suffix(".part")
        beside.write_text(str(os.getpid()))
        beside.rename(pid_file)
        os.close(writing)
        time.sleep(600)
    os._exit(0)
os.wait()
os.close(writing)
# Ends when the daemon has closed its end, which is after the file was written.
os.read(reading, 1)
