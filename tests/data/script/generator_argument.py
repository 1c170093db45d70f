from shotgun_api3 import Shotgun
Shotgun(u for u in urls)
Shotgun((u for u in urls))
