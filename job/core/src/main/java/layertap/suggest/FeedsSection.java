package layertap.suggest;

import java.util.Collection;
import java.util.List;
import layertap.suggest.feed.DescribedColumn;
import layertap.suggest.feed.FedInput;
import layertap.suggest.feed.Fit;
import layertap.suggest.feed.Proposal;

/** Writes {@code feeds = [ … ]}. */
final class FeedsSection {
  private final Collection<Proposal> proposals;
  private final List<String> others;

  FeedsSection(Collection<Proposal> proposals, List<String> others) {
    this.proposals = proposals;
    this.others = others;
  }

  void write(ConfigurationText text) {
    text.open("feeds = [");
    proposals.forEach(proposal -> write(proposal, text));
    if (!others.isEmpty()) {
      text.comment(
          "The features do not need the %s %s."
              .formatted(others.size() == 1 ? "input" : "inputs", String.join(", ", others)));
    }
    text.close("]");
  }

  private static void write(Proposal proposal, ConfigurationText text) {
    FedInput input = proposal.input();
    if (proposal instanceof Proposal.OfColumn fed) {
      text.comment("%s: %s".formatted(input.words(), fed.why()));
      text.items(fed.fit().reasons());
      fed.fit().questions().forEach(text::question);
      text.line(line(input, fed.fit()));
    } else if (proposal instanceof Proposal.OfValue fixed) {
      text.comment("%s: %s".formatted(input.words(), fixed.why()));
      text.line("{ %s, value = %s }".formatted(target(input), fixed.value()));
    } else if (proposal instanceof Proposal.Open open) {
      text.question("%s: %s".formatted(input.words(), open.question()));
      for (Fit choice : open.choices()) {
        text.items(choice.reasons());
        text.alternative(line(input, choice));
      }
      if (open.choices().isEmpty()) {
        String filled = input.isSingleValue() ? "value = …" : "column = …";
        text.alternative("{ %s, %s }".formatted(target(input), filled));
      }
    }
  }

  private static String line(FedInput input, Fit fit) {
    List<String> columns = fit.columns().stream().map(DescribedColumn::name).toList();
    String named =
        columns.size() == 1
            ? "column = " + Hocon.text(columns.get(0))
            : "columns = " + Hocon.list(columns);
    return "{ %s, %s, %s }".formatted(target(input), named, fit.conversion());
  }

  private static String target(FedInput input) {
    return "%s = %s".formatted(input.key(), Hocon.text(input.name()));
  }
}
