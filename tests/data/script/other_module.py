import games.weapons
from games.weapons import Shotgun
games.weapons.Shotgun()
Shotgun()
