package layertap.suggest.feed;

import java.util.List;

/** What is proposed for one input of a model. */
public sealed interface Proposal {
  /** What of the model is filled. */
  FedInput input();

  /**
   * A column fills it.
   *
   * @param why it is this column
   */
  record OfColumn(FedInput input, Fit fit, String why) implements Proposal {}

  /**
   * One value fills it for all rows.
   *
   * @param value as the configuration writes it
   * @param why it is this value
   */
  record OfValue(FedInput input, String value, String why) implements Proposal {}

  /**
   * The user has to say what fills it.
   *
   * @param choices that would do, as far as is known
   * @param question as a sentence
   */
  record Open(FedInput input, List<Fit> choices, String question) implements Proposal {
    public Open {
      choices = List.copyOf(choices);
    }
  }
}
