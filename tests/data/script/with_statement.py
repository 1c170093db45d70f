from shotgun_api3 import Shotgun
import contextlib
with contextlib.closing(Shotgun('u')) as sg:
    sg.info()
