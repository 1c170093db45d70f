require 'digest'
require 'json'
require 'open3'
require 'puppet'

require_relative 'delivery'
require_relative 'settings'

module PuppetX
  module Trustmend
    # The fact trustmend. `effective` says whether the roots of the built-in profile are trusted, and
    # whether the variable that shotgun_api3 reads names a file that works. `digest` changes whenever
    # anything of that does: nodes with the same digest are in the same state.
    #
    # There is one once the program is on the node; nothing is fetched for it.
    module Fact
      TIME_LIMIT = 10 # seconds
      PROFILE = 'shotgrid-ssl'.freeze
      FROM_ENVIRONMENT = ['SystemRoot', 'SystemDrive', 'ProgramData', 'ALLUSERSPROFILE', 'TEMP', 'TMP'].freeze

      module_function

      # The fact, or nil.
      def value
        program = Settings['fact'] && Delivery.present
        return unless program

        asked = asked(program)
        kept(asked) || read(program).tap { |fact| keep(asked, fact) }
      rescue Puppet::Error, SystemCallError, JSON::ParserError, KeyError, TypeError => e
        Puppet.warning("no fact trustmend: #{Delivery.one_line(e.message)}")
        nil
      end

      # What is kept is about the time before.
      def forget
        File.unlink(path)
      rescue SystemCallError
        nil
      end

      def path
        File.join(Delivery.store, 'fact.json')
      end

      # What a kept answer has to agree with.
      def asked(program)
        stat = File.stat(program)
        [program, stat.size, stat.mtime.to_f, Settings['root'], Settings['variables']]
      end

      # What was read a short while ago; nothing where the clock was turned back.
      def kept(asked)
        kept = JSON.parse(File.read(path))
        age = Time.now.to_f - kept['time']
        kept['fact'] if kept['asked'] == asked && age.between?(0, Settings['fact_age'])
      rescue SystemCallError, JSON::ParserError, NoMethodError, TypeError
        nil
      end

      def keep(asked, fact)
        Dir.mkdir(Delivery.store, 0o755) unless File.directory?(Delivery.store)
        File.write("#{path}.new", JSON.generate('asked' => asked, 'time' => Time.now.to_f, 'fact' => fact), perm: 0o600)
        File.rename("#{path}.new", path)
      rescue SystemCallError => e
        Puppet.debug("the fact trustmend is not kept: #{e.message}")
      end

      def read(program)
        words = [program, 'get', '--input', '-', '--output', 'json']
        words += ['--root', Settings['root']] if Settings['root']
        out = run(words, JSON.generate('profile' => PROFILE, 'variables' => Settings['variables']))
        of_report(JSON.parse(out))
      end

      # Its output. It is stopped when it takes too long.
      def run(words, input)
        environment = FROM_ENVIRONMENT.to_h { |name| [name, ENV.fetch(name, nil)] }.compact
        out = nil
        Open3.popen2(environment, *words, unsetenv_others: true, err: File::NULL) do |stdin, stdout, process|
          reader = Thread.new { stdout.read }
          write(stdin, input)
          out = reader.value if reader.join(TIME_LIMIT)
          stop(process) unless out
        end
        out || raise(Puppet::Error, "#{words.first} did not answer within #{TIME_LIMIT} seconds and was stopped")
      end

      def write(stdin, input)
        stdin.write(input)
        stdin.close
      rescue Errno::EPIPE
        nil
      end

      def stop(process)
        Process.kill(:KILL, process.pid)
      rescue SystemCallError
        nil
      end

      def of_report(report)
        results = report.fetch('results')
        text = JSON.generate(results.map { |one| one.values_at('type', 'name', 'state', 'error') })
        {
          'version' => report.fetch('trustmend'),
          'effective' => !results.empty? && results.all? { |one| works?(one) },
          'digest' => Digest::SHA256.hexdigest(text),
        }
      end

      # Not whether it is as the profile says, which a class may say otherwise.
      def works?(result)
        state = result['state'] || {}
        return false if result['error'] || !Array(state['problems']).empty? || state['effective'] == false

        result['type'] != 'env' || state['state'] == 'present'
      end
    end
  end
end
