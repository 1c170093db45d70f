require 'digest'
require 'json'
require 'open3'
require 'puppet'
require 'puppet/file_serving/content'
require 'tempfile'

require_relative 'settings'

module PuppetX
  module Trustmend
    # How the program, and files of the server, reach a node. The program is, in this order:
    #
    # 1. what `program` in trustmend.yaml names;
    # 2. an installed one of this module's version;
    # 3. one that was staged below the agent's vardir, in a directory named after its SHA-256;
    # 4. puppet:///modules/trustmend/bin/…, which is fetched once, checked and staged.
    #
    # pluginsync brings every node index.json, which knows the programs by their hashes, and no
    # program.
    module Delivery
      INDEX = File.join(__dir__, 'index.json')
      SOURCE = 'puppet:///modules/trustmend/bin'.freeze
      INSTALLED = ['/usr/local/bin/trustmend', '/usr/bin/trustmend', '/opt/trustmend/bin/trustmend'].freeze
      INSTALL = 'install trustmend on the node, or name a program in trustmend.yaml beside puppet.conf'.freeze

      @versions = {}

      module_function

      # The absolute path of a program that can be run. `environment` is that of the catalog.
      def program(environment = nil)
        present || stage(fetch(known, environment))
      end

      # The same where nothing has to be fetched for it, else nil.
      def present
        Settings['program'] || installed || staged
      end

      # The bytes of a file of the server, nil where it has none of that name.
      def content(url, environment = nil)
        found = Puppet::FileServing::Content.indirection.find(url, environment: environment || Puppet.lookup(:current_environment))
        found && found.content.dup.force_encoding(Encoding::BINARY)
      rescue Puppet::Error, Puppet::HTTP::HTTPError, SystemCallError, SocketError, OpenSSL::SSL::SSLError, ArgumentError => e
        raise Puppet::Error, "#{url} could not be fetched: #{one_line(e.message)}"
      end

      def index
        index = JSON.parse(File.read(INDEX))
        return index if index['version'].is_a?(String) && index['programs'].is_a?(Hash)

        raise Puppet::Error, "#{INDEX} is damaged: install the module again"
      rescue Errno::ENOENT
        raise Puppet::Error, "this module was not built, and carries no programs: build it with scripts/build-puppet, or #{INSTALL}"
      rescue SystemCallError, JSON::ParserError => e
        raise Puppet::Error, "#{INDEX} is damaged: #{one_line(e.message)}; install the module again"
      end

      # What `uname -s` and `uname -m` say.
      def platform
        return 'Windows-AMD64' if Puppet::Util::Platform.windows?

        Etc.uname.values_at(:sysname, :machine).join('-')
      end

      # File, SHA-256 and size of the program for this node.
      def known
        programs = index['programs']
        programs.fetch(platform) do
          raise Puppet::Error, "there is no trustmend program for #{platform}: the module carries #{programs.keys.join(', ')}; #{INSTALL}"
        end
      end

      def installed
        return if Puppet::Util::Platform.windows? || !File.exist?(INDEX)

        wanted = index['version']
        INSTALLED.find { |path| File.file?(path) && version(path) == wanted }
      end

      # Asked once for as long as the file is the same one.
      def version(path)
        stat = File.stat(path)
        @versions[[path, stat.ino, stat.size, stat.mtime]] ||= version_of(path).to_s
      end

      def version_of(path)
        out, status = Open3.capture2(path, '--version', unsetenv_others: true, chdir: '/', err: File::NULL)
        out[/\Atrustmend (\S+)\s*\z/, 1] if status.success?
      rescue SystemCallError
        nil
      end

      def store
        File.join(Puppet[:vardir], 'trustmend')
      end

      # What has a place under its hash was checked when it was put there.
      def staged
        return unless File.exist?(INDEX)

        entry = index['programs'][platform]
        path = entry && place(entry)
        path if path && File.size?(path) == entry['size'] && ours?(path)
      end

      def place(entry)
        File.join(store, entry['sha256'], entry['file'])
      end

      # The bytes of the program. Beside an unpacked module they are at hand.
      def fetch(entry, environment)
        url = "#{SOURCE}/#{entry['file']}"
        beside = File.expand_path("../../../files/bin/#{entry['file']}", __dir__)
        data = File.file?(beside) ? File.binread(beside) : content(url, environment)
        raise Puppet::Error, "there is no trustmend #{index['version']} on this node, and the server has no #{url}: #{INSTALL}" unless data
        return data if Digest::SHA256.hexdigest(data) == entry['sha256']

        raise Puppet::Error, "#{url} is damaged, or of another build than the rest of the module: install the module again as a whole, and restart the server"
      end

      # Under its name only when it is whole.
      def stage(data)
        path = place(known)
        make_directories(path)
        write(path, data)
        return path if ours?(path)

        raise Puppet::Error, "others can write in #{store}: remove it, and run this again"
      rescue SystemCallError => e
        raise Puppet::Error, "the trustmend program could not be staged in #{File.dirname(path)}: #{one_line(e.message)}; mend that, or #{INSTALL}"
      end

      def make_directories(path)
        [Puppet[:vardir], store, File.dirname(path)].each do |directory|
          Dir.mkdir(directory, 0o755)
        rescue Errno::EEXIST
          next
        end
      end

      def write(path, data)
        file = Tempfile.create('.new-', File.dirname(path), binmode: true)
        file.write(data)
        file.fsync
        file.chmod(0o755)
        file.close
        File.rename(file.path, path)
      rescue SystemCallError
        File.unlink(file.path) if file && File.exist?(file.path)
        raise
      end

      # Nobody else can write the program or the directories of ours, or has put it there.
      def ours?(path)
        return File.file?(path) if Puppet::Util::Platform.windows?

        [path, File.dirname(path), store].all? do |name|
          stat = File.lstat(name)
          !stat.symlink? && [0, Process.euid].include?(stat.uid) && (stat.mode & 0o022).zero?
        end
      rescue SystemCallError
        false
      end

      def one_line(text)
        text.to_s.split.join(' ')
      end
    end
  end
end
