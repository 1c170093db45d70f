import shotgun_api3
class Studio(shotgun_api3.Shotgun):
    def __init__(self, url, **kw):
        super(Studio, self).__init__(url, 'tool', 'key')


sg = Studio('u', x=1)
