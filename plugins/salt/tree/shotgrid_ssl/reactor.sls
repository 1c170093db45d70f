# Mends a minion whose trust has drifted. In the master's configuration:
#
#   reactor:
#     - salt/beacon/*/trustmend/drift:
#       - salt://shotgrid_ssl/reactor.sls
mend CA trust:
  local.state.apply:
    - tgt: {{ data['id'] | json }}
    - arg:
      - shotgrid_ssl
