"""What the mail source is made of: rules, the mailbox, attachments."""
