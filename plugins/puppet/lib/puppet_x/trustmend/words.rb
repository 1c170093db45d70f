module PuppetX
  module Trustmend
    # What the program reports, in words for a log.
    module Words
      # What steers a terminal or hides from the reader, as in core/base/display.c.
      HIDDEN = Regexp.new('[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f' \
                          '\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0' \
                          '\ufff0-\ufffb\ufffe\uffff\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}' \
                          '\u{10fffe}\u{10ffff}]').freeze
      SHOWN = 100 # characters of a value
      LONGEST = 2000 # characters of a message

      module_function

      # One line, as it can be shown.
      def shown(text)
        line = text.to_s.dup.force_encoding(Encoding::UTF_8).scrub.split.join(' ')
        line = line.gsub(HIDDEN) { |found| format('\\u%04x', found.ord) }
        line.length > LONGEST ? "#{line[0, LONGEST]} …" : line
      end

      # Message, path and hint, with attributes as they are written in a manifest.
      def error(error)
        text = error['message'].sub(/\Aresources\[\d+\]: /, '')
        path = error['path']
        text += ": #{path}" if path && path != '-' && !text.include?(path)
        text += " (#{error['hint']})" if error['hint']
        shown(text.gsub(/\bstate=(\w+)/, 'ensure => \1').gsub(/\b(missing|sources|store|scope)=(\w+)/, '\1 => \2'))
      end

      def changes(changes)
        shown(changes.map { |name, change| "#{name} #{value(change['from'])} -> #{value(change['to'])}" }.join(', '))
      end

      # A value in a sentence. Lists are counted, certificates are not printed.
      def value(value)
        case value
        when nil then '(none)'
        when true then 'yes'
        when false then 'no'
        when Array, Hash then "#{value.size} item#{'s' unless value.size == 1}"
        else text(value.to_s)
        end
      end

      def text(text)
        return '(PEM text)' if text.start_with?('-----BEGIN')

        text.length > SHOWN ? "#{text[0, SHOWN]} …" : text
      end
    end
  end
end
