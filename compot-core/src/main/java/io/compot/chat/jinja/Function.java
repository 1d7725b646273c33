package io.compot.chat.jinja;

/** What can be called in a template. */
@FunctionalInterface
interface Function {

  Object call(Arguments arguments);
}
