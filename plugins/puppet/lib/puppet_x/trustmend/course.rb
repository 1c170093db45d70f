require 'puppet'

require_relative 'delivery'

module PuppetX
  module Trustmend
    # What Puppet's own run has come to: which resources are done, failed, changed or only would
    # change; and what this module keeps for the length of one run.
    class Course
      @latest = nil

      # Of one catalog. Puppet applies one after the other.
      def self.of(catalog)
        @latest = new(catalog) unless @latest && @latest.catalog.equal?(catalog)
        @latest
      end

      attr_reader :catalog

      # Wishes that were looked at under noop, and would change something: plans of later ones of
      # other types stand on them.
      attr_reader :planned

      def initialize(catalog)
        @catalog = catalog
        @planned = []
        @contents = {}
      end

      # The bytes of a file of the server; nil where it has none.
      def content(url)
        @contents.fetch(url) { @contents[url] = Delivery.content(url, environment) }
      end

      def environment
        @catalog && @catalog.environment_instance
      end

      # Grows with everything that may make a plan for `type` untrue. What resources of that type
      # change their plans know of.
      def stamp(type)
        statuses.each_value.sum do |status|
          [status.failed, status.restarted, status.failed_to_restart, status.changed && status.resource_type != type].count(true)
        end
      end

      # Resources that would have changed, had it not been noop.
      def pending
        statuses.each_value.select { |status| status.out_of_sync && !status.changed && !status.failed }
                .map { |status| @catalog.resource(status.resource) }.compact
      end

      # Is it a resource's turn, or could it be now? As the transaction decides, which cannot be asked.
      def due?(resource)
        !resource.noop? && tagged?(resource) && scheduled?(resource) && dependencies(resource).all? { |one| done?(one) }
      end

      # Will it be evaluated at all?
      def wanted?(resource)
        tagged?(resource) && scheduled?(resource)
      end

      def dependencies(resource)
        whit = Puppet::Type.type(:whit)
        @catalog.relationship_graph.dependencies(resource).reject { |one| one.is_a?(whit) }
      end

      private

      def done?(resource)
        status = statuses[resource.to_s]
        status && (status.evaluation_time || status.skipped) && !status.failed && !status.failed_to_restart
      end

      def tagged?(resource)
        return true unless @catalog && @catalog.host_config?

        only = Puppet[:tags].to_s.strip.split(/\s*,\s*/)
        without = Puppet::Util::SkipTags.new(Puppet[:skip_tags]).tags.to_a
        (only.empty? || resource.tagged?(*only)) && (without.empty? || !resource.tagged?(*without))
      end

      def scheduled?(resource)
        return true if Puppet[:ignoreschedules] || !resource[:schedule] || !@catalog

        schedule = @catalog.resource(:schedule, resource[:schedule])
        !schedule || schedule.match?(Puppet::Util::Storage.cache(resource)[:checked].to_i)
      end

      # The transaction's report is where it sends its log. Without it, nothing is known to be done.
      def statuses
        report = Puppet::Util::Log.destinations.keys.grep(Puppet::Transaction::Report).last
        report ? report.resource_statuses : {}
      end
    end
  end
end
