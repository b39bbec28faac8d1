package layertap

import scala.util.matching.Regex

/** Which packages use which, read from the texts of Java sources. */
final case class PackageGraph(uses: Seq[PackageGraph.Use]) {
  import PackageGraph._

  /** The circles of packages, each once: `a → b (A uses B) → a (B uses A)`. The packages are looked
    * at one by one, and those of each depth as one with all below them.
    */
  def circles: Seq[String] = {
    val deepest = uses.flatMap(use => Seq(use.from, use.to)).map(_.split('.').length)
    (1 to deepest.maxOption.getOrElse(0)).flatMap(circlesAt).distinct
  }

  private def circlesAt(depth: Int): Seq[String] = {
    def above(name: String) = name.split('.').take(depth).mkString(".")
    val edges = uses
      .map(use => use.copy(from = above(use.from), to = above(use.to)))
      .filter(use => use.from != use.to)
      .groupBy(_.from)
    edges.keys.toSeq.sorted
      .flatMap(start => shortestCircle(start, edges))
      .distinctBy(_.map(_.from).toSet)
      .map(describe)
  }

  /** Breadth first, so that the first way back is a shortest one. */
  private def shortestCircle(start: String, edges: Map[String, Seq[Use]]): Option[Seq[Use]] = {
    def next(ways: Seq[Seq[Use]], seen: Set[String]): Option[Seq[Use]] = {
      val longer = for {
        way <- ways
        use <- edges.getOrElse(way.last.to, Nil)
      } yield way :+ use
      longer.find(_.last.to == start).orElse {
        val fresh = longer.filterNot(way => seen(way.last.to)).distinctBy(_.last.to)
        if (fresh.isEmpty) None else next(fresh, seen ++ fresh.map(_.last.to))
      }
    }
    val first = edges.getOrElse(start, Nil).distinctBy(_.to).map(Seq(_))
    next(first, first.map(_.last.to).toSet)
  }

  private def describe(circle: Seq[Use]): String =
    circle
      .map(use => s" → ${use.to} (${use.user} uses ${use.used})")
      .mkString(circle.head.from, "", "")
}

object PackageGraph {

  /** A class that names a class of another package. */
  final case class Use(from: String, user: String, to: String, used: String)

  private val commentsAndTexts: Regex = {
    val comment = """/\*.*?\*/|//[^\n]*"""
    val block = "\"{3}.*?\"{3}"
    val text = """"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'"""
    s"(?s)$comment|$block|$text".r
  }
  private val packageOf = """(?m)^\s*package\s+([\w.]+)\s*;""".r
  private val everything = """import\s+((?:[a-z]\w*\.)+)\*\s*;""".r

  /** A class by its whole name, as imports have it, static and of nested classes too, and code. */
  private val whole: Regex = """(?<![\w.])((?:[a-z]\w*\.)+)([A-Z]\w*)""".r

  /** The graph of sources by class, of packages that begin with a word. */
  def of(sources: Map[String, String], root: String): PackageGraph =
    PackageGraph(for {
      (name, text) <- sources.toSeq.sortBy(_._1)
      from = packageIn(text)
      (to, used) <- named(text)
      if to != from && (to == root || to.startsWith(s"$root."))
    } yield Use(from, name, to, used))

  def packageIn(source: String): String =
    packageOf.findFirstMatchIn(code(source)).fold("")(_.group(1))

  /** Package and class of all that a source names in full. */
  def named(source: String): Seq[(String, String)] = {
    val text = code(source)
    val classes = whole.findAllMatchIn(text).map(m => m.group(1).stripSuffix(".") -> m.group(2))
    val packages = everything.findAllMatchIn(text).map(_.group(1).stripSuffix(".") -> "*")
    (classes ++ packages).toSeq.distinct
  }

  /** Comments and texts left out; in one search, since each may hold what begins the other. */
  private def code(source: String): String = commentsAndTexts.replaceAllIn(source, " ")
}
