require 'json'
require 'open3'

require_relative 'delivery'
require_relative 'fact'
require_relative 'settings'
require_relative 'words'

module PuppetX
  module Trustmend
    # One run of the program, and its report as docs/result.schema.json has it. Fails only where there
    # is no report to be believed.
    module Program
      PROTOCOL = 1
      AGAIN = 'what it did is not known: run it again, which mends what was left half done'.freeze
      PATIENCE = 10 # seconds for a program that was told to end
      # Windows programs do not start, or do not find what they read, without these.
      WINDOWS = ['SystemRoot', 'SystemDrive', 'ProgramData', 'ALLUSERSPROFILE', 'TEMP', 'TMP'].freeze

      module_function

      # `get`, `plan` or `apply`, for resources in the program's own words. `files` is what they name
      # that does not lie on this node: name to bytes, or to nil where there is no such file.
      def run(verb, resources, root: nil, program: nil, environment: nil, files: {}, diff: false)
        document = { 'resources' => resources }
        document['files'] = files.transform_values { |data| data && [data].pack('m0') } unless files.empty?
        words = [verb, '--input', '-', *options(root), *('--diff' if diff)]
        report = report(path(program, environment), words, generate(document), verb)
        Fact.forget if verb == 'apply' && report['changed']
        count = report['results'].size
        return report if report['error'] || count == resources.size

        raise Puppet::Error, "trustmend was given #{resources.size} resources and reports #{count}: #{AGAIN}"
      end

      # All instances of a type. `where` is what the type takes to say where to look.
      def list(type, root: nil, program: nil, environment: nil, **where)
        words = [type, 'list', *options(root), *where.map { |name, value| "#{name}=#{value}" }]
        report(path(program, environment), words, '', 'list')
      end

      def path(program, environment)
        program || Delivery.program(environment)
      end

      def options(root)
        root ||= Settings['root']
        ['--output', 'json', *(['--root', root] if root)]
      end

      def generate(document)
        JSON.generate(document)
      rescue JSON::GeneratorError, EncodingError => e
        raise Puppet::Error, "a value cannot be sent to trustmend: #{Words.shown(e.message)}"
      end

      # A report that does not fit to what was asked for, or how the run ended, is not believed.
      def report(path, words, text, verb)
        status, out, err = execute([path, *words], text)
        report = parse(out)
        raise Puppet::Error, Words.shown("#{path} did not answer with a report (#{ending(status)}): #{err.empty? ? out : err}") unless report
        unless report['protocol'] == PROTOCOL
          raise Puppet::Error, "#{path} speaks protocol #{Words.value(report['protocol'])}, and this module #{PROTOCOL}: use a program of the module's version"
        end
        unless report['verb'] == verb && report['results'].is_a?(Array) && [true, false].include?(report['failed'])
          raise Puppet::Error, "#{path} was asked to #{verb} and reports something else: #{AGAIN}"
        end
        return report if status.success? != report['failed']

        raise Puppet::Error, "#{path} ended with #{ending(status)}, and reports #{report['failed'] ? 'failure' : 'success'}: #{AGAIN}"
      end

      def parse(text)
        report = JSON.parse(text)
        report if report.is_a?(Hash)
      rescue JSON::ParserError, EncodingError
        nil
      end

      def ending(status)
        status.signaled? ? "killed by signal #{status.termsig}" : "status #{status.exitstatus}"
      end

      # [status, standard output, standard error]
      def execute(command, text)
        limit = Settings['timeout']
        Open3.popen3(environment, *command, unsetenv_others: true, chdir: '/') do |input, output, errors, process|
          readers = [output, errors].map { |stream| reader(stream) }
          writer = writer(input, text)
          unless process.join(limit)
            stop(process)
            raise Puppet::Error, "trustmend did not end within #{limit} seconds (timeout in trustmend.yaml) and was stopped: #{AGAIN}"
          end
          [process.value, *readers.map(&:value)]
        ensure
          [*readers, writer].compact.each(&:kill)
        end
      rescue SystemCallError => e
        raise Puppet::Error, "#{command.first} does not run (#{Words.shown(e.message)}): #{Delivery::INSTALL}"
      end

      def reader(stream)
        stream.binmode
        Thread.new { stream.read.force_encoding(Encoding::UTF_8) }
      end

      def writer(stream, text)
        stream.binmode
        Thread.new do
          stream.write(text)
        rescue Errno::EPIPE
          nil # it told why on its way out
        ensure
          stream.close
        end
      end

      # It puts back what it can when it is asked to end.
      def stop(process)
        Process.kill('TERM', process.pid)
        return if process.join(PATIENCE)

        Process.kill('KILL', process.pid)
        process.join
      rescue Errno::ESRCH
        nil
      end

      def environment
        return { 'LC_ALL' => 'C.UTF-8' } unless Puppet::Util::Platform.windows?

        ENV.to_h.slice(*WINDOWS)
      end
    end
  end
end
