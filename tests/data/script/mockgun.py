from shotgun_api3.lib import mockgun
from shotgun_api3.lib.mockgun import Shotgun
mockgun.Shotgun('u')
Shotgun('u')
