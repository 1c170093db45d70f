from shotgun_api3 import Shotgun
class Studio(Shotgun):
    def __init__(self, url):
        super().__init__(url)
