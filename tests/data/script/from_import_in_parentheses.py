from shotgun_api3 import (
    ShotgunError,  # not this
    Shotgun,
)

sg = Shotgun('https://x.example')
