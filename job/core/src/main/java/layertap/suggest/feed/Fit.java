package layertap.suggest.feed;

import java.util.List;

/**
 * How a column can be fed.
 *
 * @param columns one, or those that are joined
 * @param select an expression that makes what is fed of the column; empty for none
 * @param conversion as a feed writes it: {@code tensor {}}
 * @param isSure whether nothing else is as likely; what is not sure is shown and not chosen
 * @param reasons why it is so, as sentences
 * @param questions that only the user can answer, as sentences
 */
public record Fit(
    List<DescribedColumn> columns,
    String select,
    String conversion,
    boolean isSure,
    List<String> reasons,
    List<String> questions) {
  public Fit {
    columns = List.copyOf(columns);
    reasons = List.copyOf(reasons);
    questions = List.copyOf(questions);
  }

  static Fit sure(DescribedColumn column, String conversion, List<String> reasons) {
    return new Fit(List.of(column), "", conversion, true, reasons, List.of());
  }

  static Fit doubtful(DescribedColumn column, String conversion, String question) {
    return new Fit(List.of(column), "", conversion, false, List.of(), List.of(question));
  }

  Fit asking(String question) {
    return new Fit(columns, select, conversion, isSure, reasons, List.of(question));
  }

  /** The first or only column. */
  public DescribedColumn column() {
    return columns.get(0);
  }
}
