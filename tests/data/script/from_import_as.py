from shotgun_api3 import Shotgun as SG, ShotgunError
try:
    sg = SG('https://x.example')
except ShotgunError:
    raise
