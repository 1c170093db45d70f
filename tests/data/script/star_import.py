from shotgun_api3 import *
Shotgun('u')
