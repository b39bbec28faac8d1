package layertap.testing

/** What the call of Maven sets for suites that need more than the repository. */
object Setting {

  /** The value, if it is given: Maven hands on an empty property as "null", so none is "none". */
  def of(property: String): Option[String] = sys.props.get(property).filter(_ != "none")
}
