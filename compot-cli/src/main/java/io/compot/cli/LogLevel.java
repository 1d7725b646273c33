package io.compot.cli;

/** How much goes into the log file. */
enum LogLevel {
  ERROR,
  WARN,
  INFO,
  DEBUG,
  TRACE
}
