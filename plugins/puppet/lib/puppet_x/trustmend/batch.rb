require 'puppet'

require_relative 'course'
require_relative 'program'
require_relative 'wish'

module PuppetX
  module Trustmend
    # All resources of one type in a catalog: one plan for them, and one run that converges all whose
    # turn it could be.
    class Batch
      NOTHING = { 'changed' => false, 'changes' => {}, 'state' => {}, 'warnings' => [], 'error' => nil }.freeze
      PURGED = [:anchor].freeze
      REFUSED = { 'kind' => 'refused', 'message' => 'not purged: it is not known whether it has to do with certificates',
                  'path' => nil, 'hint' => 'give those that are to go ensure => absent' }.freeze
      DISTRIBUTION = '/usr/share/'.freeze # where packages put their roots

      def initialize(resources)
        @wishes = resources.map { |resource| Wish.new(resource) }
        @course = Course.of(resources.first && resources.first.catalog)
        @type = resources.first && resources.first.class.name.to_s.capitalize
      end

      # The plan for all that will be evaluated.
      def prefetch
        wanted = @wishes.select { |wish| @course.wanted?(wish.resource) }
        purged, others = wanted.partition(&:purging?)
        look(others)
        look(spare(purged, others))
      end

      def wish(resource)
        @wishes.find { |wish| wish.resource.equal?(resource) }
      end

      # A resource's turn: is what is known about it still true?
      def turn(wish)
        return if wish.settled?

        if wish.done
          look_again(wish)
        elsif wish.planned.nil? || stale?(wish)
          look([wish, *@wishes.select { |other| joins_plan?(other, wish) }])
        end
        wish.pending = pending(wish)
        raise Puppet::Error, wish.error if wish.error && !wish.pending

        note_planned(wish)
        warn(wish) unless wish.changed? && !wish.resource.noop?
      end

      # Converges the resource, and with it all others whose turn it could be.
      def converge(wish)
        carry_out([wish, *@wishes.select { |other| joins?(other, wish) }]) unless wish.done
        raise Puppet::Error, wish.error(wish.done) if wish.done['error']
        return if wish.settled?

        wish.settled = true
        warn(wish)
      end

      private

      # The message of a change tells when it counts.
      def warn(wish)
        wish.warnings.each { |text| wish.resource.warning(text) unless wish.changed? && text.end_with?(*wish.state['effective_from']) }
      end

      # ---- plans ----

      def look(wishes)
        wishes.group_by { |wish| [wish.place, wish.reading?, wish.resource.noop?, wish.purging?] }.each_value do |together|
          stamp = @course.stamp(@type)
          results = together.first.reading? ? run('get', together) : plan(together)
          together.zip(results) do |wish, result|
            wish.looked(result, stamp)
            wish.footing = footing(wish).size
          end
        end
      end

      # Under noop, on top of what resources of other types would have done.
      def plan(wishes)
        before = footing(wishes.first)
        results = run('plan', before + wishes).drop(before.size)
        return results if before.empty? || results.none? { |result| result['error'] }

        # What cannot be together in one run can still come one after the other.
        results.zip(run('plan', wishes)).map { |result, alone| result['error'] && !alone['error'] ? alone : result }
      end

      def footing(wish)
        return [] unless wish.resource.noop?

        @course.planned.select { |other| other.place == wish.place && other.type != wish.type }
      end

      # Converged before its turn. Did it fail, or may others have undone it since?
      def look_again(wish)
        return unless wish.done['error'] || stale?(wish)

        first = wish.done['error'] ? nil : wish.planned
        done = wish.done
        stamp = @course.stamp(@type)
        result = plan([wish]).first
        wish.looked(first && !result['error'] ? first : result, stamp)
        wish.carried_out(done, stamp) if first && !result['error'] && !result['changed']
      end

      def stale?(wish)
        return false if wish.left?

        wish.stamp != @course.stamp(@type) || (wish.planned['error'] && wish.footing != footing(wish).size)
      end

      def joins_plan?(other, wish)
        !other.equal?(wish) && other.place == wish.place && !other.settled? && !other.done && !other.purging? &&
          !wish.purging? && @course.wanted?(other.resource) && (other.planned.nil? || stale?(other))
      end

      def note_planned(wish)
        @course.planned << wish if wish.resource.noop? && wish.changed? && !wish.pending
      end

      # ---- runs ----

      def joins?(other, wish)
        !other.equal?(wish) && other.place == wish.place && other.purging? == wish.purging? && !other.settled? &&
          other.planned && !other.done && !other.planned['error'] && other.changed? && !other.reading? && @course.due?(other.resource)
      end

      def carry_out(wishes)
        results = run('apply', wishes)
        stamp = @course.stamp(@type)
        wishes.zip(results) { |wish, result| wish.carried_out(result, stamp) }
      end

      # A result for each wish. What keeps the run from being tried at all is every wish's error.
      def run(verb, wishes)
        return [] if wishes.empty?

        root, program = wishes.first.place
        report = Program.run(verb, wishes.map(&:document), root: root, program: program,
                                                           environment: @course.environment, files: files(wishes))
        results = report['error'] ? wishes.map { NOTHING.merge('error' => report['error']) } : report['results']
        wishes.zip(results) { |wish, result| tell(verb, wish, result) }
        results
      end

      def tell(verb, wish, result)
        wish.resource.debug("#{verb}: #{JSON.generate(wish.redacted(result.slice('changed', 'changes', 'error'), wish.secrets(result)))}")
      end

      # Files of the server that the wishes name.
      def files(wishes)
        urls = wishes.flat_map(&:inputs).select { |text| text.start_with?('puppet://') }.uniq
        urls.to_h { |url| [url, @course.content(url)] }
      end

      # ---- purging ----

      # Instances that nobody may purge, or that a resource of the catalog is about by another title.
      def spare(purged, others)
        distribution, rest = purged.partition { |wish| distribution?(wish) }
        leave(distribution)
        tell_spared(distribution.size) if distribution.any?
        managed, rest = rest.partition { |wish| others.any? { |other| same?(wish, other) } }
        leave(managed)
        return rest if rest.all? { |wish| PURGED.include?(wish.type) }

        leave(rest, 'error' => REFUSED)
        []
      end

      def tell_spared(count)
        Puppet.warning("#{@type}: #{count} that the distribution brings are not purged, because they would come again: " \
                       'give those that are to go ensure => distrusted')
      end

      def leave(wishes, result = {})
        wishes.each { |wish| wish.leave(NOTHING.merge('state' => wish.found).merge(result)) }
      end

      def same?(wish, other)
        identity = wish.resource.class.identity
        found = (other.planned && other.planned['state']) || {}
        identity.all? { |name| found[name] == wish.found[name] }
      end

      def distribution?(wish)
        Array(wish.found['where']).any? { |path| path.start_with?(DISTRIBUTION) }
      end

      # ---- under noop ----

      # The resource that will make what this one lacks.
      def pending(wish)
        error = wish.planned['error']
        return unless error && wish.resource.noop?

        makers = @course.pending.reject { |resource| resource.equal?(wish.resource) || resource[:ensure] == :absent }
        lacking = places(error['path'], wish)
        about = lacking + wish.inputs
        makers.find { |resource| about.include?(path_of(resource)) } ||
          makers.find { |resource| above?(path_of(resource), about) } ||
          (makers & @course.dependencies(wish.resource)).first
      end

      # Where a path of the report is, as Puppet's own types see it.
      def places(path, wish)
        return [] unless path && Puppet::Util.absolute_path?(path)

        root = wish.resource[:root] || Settings['root']
        root ? [path, File.join(root, path)] : [path]
      end

      def path_of(resource)
        name = [:path, :name].find { |attribute| resource.class.validattr?(attribute) && resource[attribute] }
        name && resource[name].to_s.chomp('/')
      end

      def above?(directory, paths)
        directory.to_s.start_with?('/') && paths.any? { |path| path.start_with?("#{directory}/") }
      end
    end
  end
end
