from . import shotgun_api3
from .shotgun_api3 import Shotgun
Shotgun('u')
shotgun_api3.Shotgun('u')
