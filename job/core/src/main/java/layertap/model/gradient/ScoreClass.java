package layertap.model.gradient;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;

/** Which of the scores of a row is differentiated. */
public sealed interface ScoreClass extends Serializable {
  /** The class in words; equal texts mean equal classes. */
  String text();

  /** The one score that there is. */
  record Only() implements ScoreClass {
    @Override
    public String text() {
      return "0";
    }
  }

  /** The largest score of each row, the first of equal ones. */
  record Top() implements ScoreClass {
    @Override
    public String text() {
      return "top";
    }
  }

  /** The same for all rows, counted from 0. */
  record Fixed(int number) implements ScoreClass {
    @Override
    public String text() {
      return String.valueOf(number);
    }
  }

  /** The number that a column of the input holds, counted from 0. */
  record InColumn(String column) implements ScoreClass {
    public InColumn {
      requireNonNull(column, "column is null");
    }

    @Override
    public String text() {
      return "{ column = %s }".formatted(column);
    }
  }
}
