from shotgun_api3 import Shotgun
class Studio(Shotgun):
    def __init__(self, *args, **kwargs):
        super(Studio, self).__init__(*args, **kwargs)
