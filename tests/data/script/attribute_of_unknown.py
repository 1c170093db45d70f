class Tool(object):
    def connect(self):
        return self.api.Shotgun('u')
