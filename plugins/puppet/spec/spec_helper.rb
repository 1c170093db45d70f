require 'puppet'
require 'puppet/test/test_helper'
require 'tmpdir'

$LOAD_PATH.unshift(File.expand_path('../lib', __dir__))

# A program that is no program of ours: a script of a shell.
def program(directory, script)
  path = File.join(directory, 'program')
  File.write(path, "#!/bin/sh\n#{script}\n")
  File.chmod(0o755, path)
  path
end

Puppet::Test::TestHelper.initialize

RSpec.configure do |config|
  config.before(:all) { Puppet::Test::TestHelper.before_all_tests }
  config.after(:all) { Puppet::Test::TestHelper.after_all_tests }

  config.around do |example|
    Dir.mktmpdir do |directory|
      @directory = directory
      Puppet::Test::TestHelper.before_each_test
      ['confdir', 'vardir', 'statedir', 'rundir', 'logdir'].each { |name| Puppet[name.to_sym] = "#{directory}/#{name}" }
      example.run
      Puppet::Test::TestHelper.after_each_test
    end
  end
end
